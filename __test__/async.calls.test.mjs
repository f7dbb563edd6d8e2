// The asynchronous calls do what the synchronous ones do, in the order in which they are made.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished } from 'vitest'
import { Journal, asyncOurs, failure, pending, thrown } from '../testkit/async.mjs'
import { stageLockfile } from '../testkit/holder.mjs'
import { runNode } from '../testkit/node.mjs'
import { warnings } from '../testkit/refused.mjs'
import { originalModule } from '../testkit/original.mjs'
import { ours } from '../testkit/subjects.mjs'
import {
  HEADER,
  IS_DIRECTORY,
  LASTING,
  namesIn,
  journalOf,
  lockOf,
  onlyJournal,
  test,
  tree,
  writeJournal,
} from '../testkit/workspace.mjs'

const unix = describe.skipIf(process.platform === 'win32') // there a staged lockfile holds nobody up
const sync = ours[0]
const many = Array.from({ length: 100 }, (_, index) => ({ file: `file-${index}` }))
const lines = (root) => fs.readFileSync(journalOf(root), 'utf8').split('\n').slice(1, -1)

describe.each(asyncOurs)('$name', ({ name, append, stamp, header }) => {
  test('writes what the synchronous calls write, and resolves to nothing', async ({ root }) => {
    const calls = [
      ['append', [{ file: 'a' }, { file: 'ü', deleted: true }]],
      ['append', []],
      ['stamp', [{ file: 'b' }], 1_700_000_000_000],
      ['stamp', [], 1_700_000_000_001],
      ['header', 5],
      ['append', [{ file: 'c' }]],
    ]
    const twins = { append, stamp, header }
    for (const [method, ...args] of calls) {
      sync[method](`${root}/sync`, ...args)
      expect(await twins[method](`${root}/async`, ...args)).toBe(undefined)
      expect(tree(`${root}/async`)).toEqual(tree(`${root}/sync`))
    }
  })

  const refused = [
    ['append', 'no array'],
    ['append', [{ file: 'a' }, { file: 5 }]],
    ['append', [null]],
    ['stamp', [{ file: 'a' }], NaN],
    ['stamp', [{ file: 'a' }], '5'],
    ['header', -1],
    ['header'],
  ]
  test.for(refused)('refuses %j as the synchronous call does, and touches nothing', async (call, { root }) => {
    const [method, ...args] = call
    const promise = { append, stamp, header }[method](root, ...args)
    expect(await failure(promise)).toEqual(thrown(() => sync[method](root, ...args)))
    expect(tree(root)).toEqual({})
  })

  test('rejects with the error of the system call', async ({ root }) => {
    fs.mkdirSync(journalOf(root), { recursive: true })
    const entries = [{ file: 'a' }]
    expect(await failure(append(root, entries))).toEqual(thrown(() => sync.append(root, entries)))
    expect(await failure(stamp(root, entries, 5))).toEqual(thrown(() => sync.stamp(root, entries, 5)))
  })

  test('has the entries as they were at the call', async ({ root }) => {
    const entries = [{ file: 'before' }]
    const promise = append(root, entries)
    entries[0].file = 'after'
    entries.push({ file: 'later' })
    await promise
    expect(lines(root)).toEqual(['before'])
  })

  test('keeps the order of a hundred calls, made at once', async ({ root }) => {
    const order = []
    await Promise.all(many.map((entry) => append(root, [entry]).then(() => order.push(entry.file))))
    const files = many.map(({ file }) => file)
    expect(lines(root)).toEqual(files)
    expect(order).toEqual(files)
  })

  test('a call that fails does not hold up those behind it', async ({ root }) => {
    fs.mkdirSync(journalOf(root), { recursive: true }) // what is appended to a directory fails
    const failures = ['a', 'b', 'c'].map((file) => failure(append(root, [{ file }])))
    for (const error of await Promise.all(failures)) expect(error).toMatchObject({ code: IS_DIRECTORY })
    fs.rmdirSync(journalOf(root))
    await append(root, [{ file: 'd' }])
    expect(lines(root)).toEqual(['d'])
  })

  test('means the directory that a relative path named at the call', async ({ root }) => {
    if (name === 'dir') writeJournal(root, `${HEADER}5\n`)
    const before = process.cwd()
    onTestFinished(() => process.chdir(before))
    process.chdir(root)
    const promises = [append('.', [{ file: 'a' }]), append('.', [{ file: 'b' }])]
    process.chdir(before)
    await Promise.all(promises)
    expect(lines(root)).toEqual(['a', 'b'])
  })
})

test('a reset that can not be written warns and resolves, and that of the handle rejects', async ({ root }) => {
  fs.mkdirSync(journalOf(root), { recursive: true })
  const given = warnings()
  await asyncOurs[0].header(root, 5)
  await asyncOurs[1].header(root, 5)
  sync.header(root, 5)
  expect(given.map(({ name, code }) => [name, code])).toEqual(Array(3).fill(['JournalWarning', IS_DIRECTORY]))
  expect(new Set(given.map(({ message }) => message)).size).toBe(1)
  expect(await failure(asyncOurs[2].header(root, 5))).toMatchObject({ code: IS_DIRECTORY, path: journalOf(root) })
  expect(thrown(() => Journal.forRoot(root).reset(5))).toMatchObject({ code: IS_DIRECTORY, path: journalOf(root) })
})

describe('several journals and callers', () => {
  test('eight journals at once, each in its own order', async ({ root }) => {
    const roots = Array.from({ length: 8 }, (_, index) => `${root}/${index}`)
    await Promise.all(roots.flatMap((each) => many.map((entry) => asyncOurs[0].append(each, [entry]))))
    for (const each of roots) expect(lines(each)).toEqual(many.map(({ file }) => file))
  })

  test('all ways to name one journal share its turns', async ({ root }) => {
    const calls = many.map((entry, index) => asyncOurs[index % 3].append(root, [entry]))
    await Promise.all(calls)
    expect(lines(root)).toEqual(many.map(({ file }) => file))
  })

  unix('through a symbolic link', () => {
    test('it has turns of its own, and every entry is there', async ({ root }) => {
      fs.mkdirSync(`${root}/real`)
      fs.symlinkSync(`${root}/real`, `${root}/link`)
      const names = [`${root}/real`, `${root}/link`]
      await Promise.all(many.map((entry, index) => asyncOurs[0].append(names[index % 2], [entry])))
      const written = lines(`${root}/real`)
      expect(written.toSorted()).toEqual(many.map(({ file }) => file).toSorted())
      for (const rest of [0, 1]) {
        const own = many.map(({ file }) => file).filter((_, index) => index % 2 === rest)
        expect(written.filter((file) => own.includes(file))).toEqual(own)
      }
    })
  })

  test('synchronous calls between them, and every entry is there', async ({ root }) => {
    const calls = many.map((entry) => {
      const promise = asyncOurs[0].append(root, [entry])
      sync.append(root, [{ file: `${entry.file}-sync` }])
      return promise
    })
    await Promise.all(calls)
    const written = lines(root)
    expect(written.filter((line) => !line.endsWith('-sync'))).toEqual(many.map(({ file }) => file))
    expect(written.filter((line) => line.endsWith('-sync'))).toEqual(many.map(({ file }) => `${file}-sync`))
  })

  test('the original writes beside them, from another process', async ({ root }) => {
    const rounds = 300
    let started
    const going = new Promise((resolve) => (started = resolve))
    const beside = runNode(
      root,
      `
        const { appendJournalEntries } = await import(${JSON.stringify(pathToFileURL(originalModule).href)})
        console.log('going')
        for (let round = 0; round < ${rounds}; round++) appendJournalEntries(root, [{ file: 'js-' + round }])
      `,
      { onLine: started },
    )
    await going
    const calls = []
    for (let round = 0; round < rounds; round++) {
      calls.push(asyncOurs[0].append(root, [{ file: `ours-${round}` }]))
      if (round % 10 === 0) await calls.at(-1)
    }
    await Promise.all(calls)
    expect(await beside).toMatchObject({ code: 0, stderr: '' })
    const numbered = (prefix) => Array.from({ length: rounds }, (_, round) => `${prefix}-${round}`)
    const written = [...new Set(lines(root))] // one of ours whose lock was stolen is written again
    expect(written.filter((line) => line.startsWith('ours'))).toEqual(numbered('ours'))
    expect(written.filter((line) => line.startsWith('js'))).toEqual(numbered('js'))
    const turns = written.filter((line, index) => index > 0 && line[0] !== written[index - 1][0]).length
    console.log(`${turns} turns between the original and ours`)
  })
})

unix('while others hold the lock', () => {
  test('only the first call waits for it, and the others for their turn', async ({ root }) => {
    stageLockfile(root, process.pid)
    const first = asyncOurs[0].append(root, [{ file: 'a' }])
    const second = asyncOurs[1].stamp(root, [{ file: 'b' }], 5)
    const [firstWaits, secondWaits] = [pending(first), pending(second)]
    await sleep(100)
    expect([firstWaits(), secondWaits()]).toEqual([true, true])
    if (process.platform === 'linux') expect(journalThreads()).toBe(1)
    fs.unlinkSync(lockOf(root))
    await Promise.all([first, second])
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}5\na\nb\n`))
  })

  test('a timeout rejects as it throws, and the next call has its own', async ({ root }) => {
    stageLockfile(root, process.pid)
    const journal = Journal.forRoot(root, { lockTimeoutMs: 100 })
    const withoutAge = ({ message, holder, ...error }) => ({
      ...error,
      message: message.replace(/for \S+ s/, ''),
      holder: { ...holder, ageMs: 0, message: '' },
    })
    const [first, second] = await Promise.all([1, 2].map(() => failure(journal.appendAsync([{ file: 'a' }]))))
    const expected = withoutAge(thrown(() => journal.append([{ file: 'a' }])))
    expect(expected).toMatchObject({ code: 'ERR_JOURNAL_LOCK_TIMEOUT', holder: { pid: process.pid, native: false } })
    expect([withoutAge(first), withoutAge(second)]).toEqual([expected, expected])
    fs.unlinkSync(lockOf(root))
    await journal.appendAsync([{ file: 'b' }])
    expect(lines(root)).toEqual(['b'])
    expect(namesIn(root)).toEqual(LASTING)
  })

  /** The threads of this process that are at work on a journal. */
  function journalThreads() {
    const names = fs.readdirSync('/proc/self/task').map((id) => {
      return fs.readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim()
    })
    return names.filter((name) => name === 'journal').length
  }
})

// With the system call that makes a thread failing: Node's own threads are made before, as many as in a run without the calls.
const strace = spawnSync('strace', ['-V']).status === 0
if (!strace) console.log('skipped: threads are unavailable, because there is no strace here')

describe.skipIf(!strace)('threads are unavailable', () => {
  const threads = 'clone,clone3'
  const run = async (root, calls, ...options) => {
    const command = ['strace', '--follow-forks', `--trace=${threads}`, `--output=${root}/trace`, ...options]
    const source = `
      import { appendJournalEntries, appendJournalEntriesAsync } from 'codegraph-journal'
      import fs from 'node:fs'
      await fs.promises.stat('/')
      ${calls}
    `
    const report = await runNode(root, source, { command })
    expect(report).toMatchObject({ code: 0, signal: null, stderr: '' })
    return { ...report, made: fs.readFileSync(`${root}/trace`, 'utf8').match(/clone3?\(/g).length }
  }

  test('is an error, of each call its own, and the process goes on', async ({ root }) => {
    const { made } = await run(root, '')
    const calls = `
      const calls = [1, 2].map(() => appendJournalEntriesAsync(root, [{ file: 'a' }]))
      const outcomes = await Promise.allSettled(calls)
      console.log(JSON.stringify(outcomes.map(({ reason }) => ({ message: reason.message, ...reason }))))
      appendJournalEntries(root, [{ file: 'b' }])
    `
    const { stdout } = await run(root, calls, `--inject=${threads}:error=EAGAIN:when=${made + 1}+`)
    const error = {
      message: `EAGAIN: resource temporarily unavailable, pthread_create '${journalOf(root)}'`,
      code: 'EAGAIN',
      errno: -os.constants.errno.EAGAIN,
      syscall: 'pthread_create',
      path: journalOf(root),
    }
    expect(JSON.parse(stdout)).toEqual([error, error])
    expect(lines(root)).toEqual(['b'])
  })
})

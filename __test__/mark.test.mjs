// `markJournal` and `checkpointJournal`: a build's two calls. Nothing that the journal or the lock does makes them throw.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test as bare, vi } from 'vitest'
import { Journal, failure, thrown } from '../testkit/async.mjs'
import { deadPid, stageLockfile } from '../testkit/holder.mjs'
import { inChild } from '../testkit/in-child.mjs'
import { runNode } from '../testkit/node.mjs'
import { warnings } from '../testkit/refused.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import { HEADER, IS_DIRECTORY, journalOf, lockOf, test, tree, writeJournal } from '../testkit/workspace.mjs'

const BEFORE = 1_600_000_000_000
const NOW = 1_700_000_000_000
const FOREIGN = '0123456789abcdef'
const POSITION = /^[0-9a-f]{16}$/
const entries = (...files) => files.map((file) => ({ file }))
const text = (root) => fs.readFileSync(journalOf(root), 'utf8')
const unix = test.skipIf(process.platform === 'win32') // there a staged lockfile holds nobody up

describe.each(ours)('$name', (journal) => {
  const { name, append, stamp, mark, checkpoint, markAsync, checkpointAsync } = journal

  test('a checkpoint drops what came before the mark, and keeps what came later', ({ root }) => {
    stamp(root, entries('a', 'b'), BEFORE)
    const position = mark(root)
    expect(position).toMatch(POSITION)
    expect(original.read(root)).toStrictEqual({ valid: true, timestamp: BEFORE, changed: ['a', 'b'], removed: [] })
    stamp(root, [...entries('c', 'a'), { file: 'b', deleted: true }], BEFORE + 1)
    expect(checkpoint(root, position, NOW)).toBe(true)
    expect(original.read(root)).toStrictEqual({ valid: true, timestamp: NOW, changed: ['c', 'a'], removed: ['b'] })
  })

  test('the twins do the same', async ({ root }) => {
    stamp(root, entries('a'), BEFORE)
    const position = await markAsync(root)
    expect(position).toBe(mark(root))
    append(root, entries('b'))
    expect(await checkpointAsync(root, position, NOW)).toBe(true)
    expect(text(root)).toBe(`${HEADER}${NOW}\nb\n`)
  })

  test('calls in flight keep their order', async ({ root }) => {
    stamp(root, entries('a'), BEFORE)
    const twin = Journal.forRoot(root)
    const position = await markAsync(root)
    const calls = [twin.appendAsync(entries('b')), checkpointAsync(root, position, NOW), markAsync(root)]
    const [, fitted, next] = await Promise.all(calls)
    expect(fitted).toBe(true)
    expect(text(root)).toBe(`${HEADER}${NOW}\nb\n# position ${next}\n`)
  })

  test('positions are those of the class', ({ root }) => {
    stamp(root, entries('a'), BEFORE)
    expect(mark(root)).toBe(Journal.forRoot(root).mark())
    const position = mark(root)
    append(root, entries('b'))
    expect(Journal.forRoot(root).checkpoint(position, NOW)).toBe(true)
    expect(checkpoint(root, position, NOW + 1)).toBe(false)
    expect(text(root)).toBe(`${HEADER}${NOW + 1}\nb\n`)
  })

  test.for([
    ['missing', undefined],
    ['empty', ''],
    ['without entries', `${HEADER}${BEFORE}\n`],
    ['never stamped', `${HEADER}0\na\n`],
    ['foreign', 'a\n'],
  ])('a journal that is %s has no position, and is left alone', ([, content], { root }) => {
    if (content !== undefined) writeJournal(root, content)
    const before = tree(root)
    expect(mark(root)).toBe(null)
    expect(tree(root)).toEqual(before)
  })

  test.for([
    ['missing', undefined, ''],
    ['without entries', `${HEADER}${BEFORE}\n`, ''],
    ['never stamped', `${HEADER}0\na\n`, 'a\n'],
    ['valid', `${HEADER}${BEFORE}\na\n`, 'a\n'],
  ])('no position: a journal that is %s is stamped, and keeps all', ([, content, kept], { root }) => {
    if (content !== undefined) writeJournal(root, content)
    expect(checkpoint(root, null, NOW)).toBe(true)
    expect(text(root)).toBe(`${HEADER}${NOW}\n${kept}`)
  })

  test('a position that is no longer valid is reported, and the header stamped', ({ root }) => {
    const given = warnings()
    stamp(root, entries('a'), BEFORE)
    expect(checkpoint(root, FOREIGN, NOW)).toBe(false)
    expect(text(root)).toBe(`${HEADER}${NOW}\na\n`)
    expect(given).toEqual([])
  })

  unix('a journal that can not be written: no position, and a warning in place of a throw', async ({ root }) => {
    const given = warnings()
    writeJournal(root, `${HEADER}${BEFORE}\na\n`)
    fs.renameSync(journalOf(root), `${root}/elsewhere`)
    fs.symlinkSync(`${root}/elsewhere`, journalOf(root)) // it is read, and not written to
    expect(mark(root)).toBe(null)
    expect(await markAsync(root)).toBe(null)
    const unmarked = { code: 'ELOOP', message: expect.stringMatching(/^Failed to mark the journal: ELOOP: /) }
    expect(given.splice(0)).toEqual(Array(2).fill({ name: 'JournalWarning', ...unmarked }))
    fs.rmSync(journalOf(root))
    fs.mkdirSync(journalOf(root))
    expect(checkpoint(root, null, NOW)).toBe(false)
    expect(await checkpointAsync(root, FOREIGN, NOW)).toBe(false)
    const message = expect.stringMatching(/^Failed to write journal header: /)
    expect(given).toEqual(Array(2).fill({ name: 'JournalWarning', code: IS_DIRECTORY, message }))
  })

  test('a directory that can not be made: the same', ({ root }) => {
    fs.writeFileSync(`${root}/file`, '')
    const given = warnings()
    const below = `${root}/file/project`
    expect(mark(below)).toBe(null)
    expect(checkpoint(below, null, NOW)).toBe(false)
    expect(given.map(({ name }) => name)).toEqual(['JournalWarning'])
  })

  unix('a lock that others hold: no position, and a warning that says who', { timeout: 60_000 }, async ({ root }) => {
    writeJournal(root, `${HEADER}${BEFORE}\na\n`)
    stageLockfile(root, process.pid)
    const before = text(root)
    const [marked, stamped] = await Promise.all([
      inChild(name, 'mark', [root]),
      inChild(name, 'checkpoint', [root, FOREIGN, NOW]),
    ])
    expect(marked.value).toBe(null)
    expect(stamped.value).toBe(false)
    for (const [{ warnings }, what] of [
      [marked, 'mark the journal'],
      [stamped, 'write journal header'],
    ])
      expect(warnings).toEqual([
        {
          name: 'JournalWarning',
          code: 'ERR_JOURNAL_LOCK_TIMEOUT',
          message: expect.stringMatching(
            `^Failed to ${what}: Failed to acquire journal lock at .* within 5000ms: .*\\b${process.pid}\\b`,
          ),
        },
      ])
    for (const { ms } of [marked, stamped]) expect(ms).toBeGreaterThan(4900)
    expect(text(root)).toBe(before)
  })

  unix('a twin that waits can be aborted', async ({ root }) => {
    writeJournal(root, `${HEADER}${BEFORE}\na\n`)
    stageLockfile(root, process.pid)
    for (const call of [
      (signal) => markAsync(root, { signal }),
      (signal) => checkpointAsync(root, null, NOW, { signal }),
    ]) {
      const controller = new AbortController()
      const promise = failure(call(controller.signal))
      await sleep(50)
      controller.abort('enough')
      expect(await promise).toMatchObject({ code: 'ABORT_ERR', cause: 'enough' })
    }
    fs.rmSync(lockOf(root))
    expect(text(root)).toBe(`${HEADER}${BEFORE}\na\n`)
  })

  test("a dead writer's lockfile costs a wait, and no position", ({ root }) => {
    writeJournal(root, `${HEADER}${BEFORE}\na\n`)
    stageLockfile(root, deadPid(), 1000)
    expect(checkpoint(root, mark(root), NOW)).toBe(true)
    expect(text(root)).toBe(`${HEADER}${NOW}\n`)
  })

  test.for([
    ['mark', [5], 'ERR_INVALID_ARG_TYPE'],
    ['mark', ['a\0b'], 'ERR_INVALID_ARG_VALUE'],
    ['checkpoint', ['root', undefined, NOW], 'ERR_INVALID_ARG_TYPE'],
    ['checkpoint', ['root', null, `${NOW}`], 'ERR_INVALID_ARG_TYPE'],
    ['checkpoint', ['root', null, -1], 'ERR_JOURNAL_INVALID_TIMESTAMP'],
    ['checkpoint', ['root', '', NOW], 'ERR_JOURNAL_INVALID_POSITION'],
    ['checkpoint', ['root', 'no position', NOW], 'ERR_JOURNAL_INVALID_POSITION'],
  ])('%s of %j is refused', async ([method, [place, ...rest], code], { root }) => {
    const args = [place === 'root' ? root : place, ...rest]
    const { markJournal, markJournalAsync, checkpointJournal, checkpointJournalAsync } = journal.api
    const [call, twin] =
      method === 'mark' ? [markJournal, markJournalAsync] : [checkpointJournal, checkpointJournalAsync]
    const error = thrown(() => call(...args))
    expect(error.code).toBe(code)
    expect(await failure(twin(...args))).toEqual(error)
    expect(tree(root)).toEqual({})
  })
})

const strace = spawnSync('strace', ['-V']).status === 0
if (!strace) console.log('skipped: what a mark reads under the lock, because there is no strace here')

test.skipIf(!strace)('a mark reads hardly anything of a long journal while it has the lock', async ({ root }) => {
  const length = 1_000_000
  writeJournal(root, `${HEADER}${BEFORE}\n${'some/file.ts\n'.repeat(length / 13)}`)
  const command = ['strace', '--follow-forks', `--output=${root}/trace`]
  command.push('--trace=read,pread64,link,linkat,unlink,unlinkat')
  const source = `import { markJournal } from 'codegraph-journal'\nconsole.log(markJournal(root))`
  const { stdout } = await runNode(root, source, { command })
  expect(stdout.trim()).toMatch(POSITION)
  const calls = fs.readFileSync(`${root}/trace`, 'utf8').split('\n')
  const begin = calls.findIndex((line) => /\blink(at)?\(.*changes\.journal\.lock"/.test(line))
  const end = calls.findIndex((line) => /\bunlink(at)?\(.*changes\.journal\.lock"/.test(line))
  const bytes = (lines) => lines.reduce((sum, line) => sum + Number(/read(?:64)?\(.* = (\d+)$/.exec(line)?.[1] ?? 0), 0)
  expect(begin).toBeGreaterThan(0)
  expect(end).toBeGreaterThan(begin)
  expect(bytes(calls.slice(begin, end))).toBeLessThan(4096)
  expect(bytes(calls.slice(0, begin))).toBeGreaterThan(length / 2) // before it, to see whether it is valid
})

describe('setWarningHandler', () => {
  const [{ api }, { api: inDir }] = ours
  const reset = () => api.setWarningHandler(undefined)
  /** What is printed from here on. */
  function stderr() {
    const printed = []
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(text))
    onTestFinished(() => spy.mockRestore())
    return printed
  }
  const ODD = 'ERR_JOURNAL_INVALID_ENTRY'

  test('gives the warnings to the handler of both entry points, and to nobody else', async ({
    root,
    onTestFinished,
  }) => {
    onTestFinished(reset)
    const printed = stderr()
    const given = []
    expect(inDir.setWarningHandler((warning) => given.push(warning))).toBe(undefined)
    api.appendJournalEntries(root, entries('a', 'b\n'))
    expect(given).toEqual([{ name: 'JournalWarning', code: ODD, message: expect.stringContaining('Left out') }])
    await inDir.appendJournalEntriesAsync(`${root}/.codegraph`, entries('#c', 'd'))
    fs.mkdirSync(`${root}/other/.codegraph/changes.journal`, { recursive: true })
    api.writeJournalHeader(`${root}/other`, NOW)
    api.checkpointJournal(`${root}/other`, null, NOW)
    expect(given.map(({ code }) => code)).toEqual([ODD, ODD, IS_DIRECTORY, IS_DIRECTORY])
    expect(printed).toEqual([])
  })

  bare.each([[undefined], [null]])('%s is stderr again', (nothing) => {
    const printed = stderr()
    const handler = vi.fn()
    api.setWarningHandler(handler)
    api.setWarningHandler(nothing)
    api.checkpointJournal(`${process.execPath}/below`, null, NOW)
    expect(printed).toEqual([
      expect.stringMatching(/^\[codegraph-journal WARN\] Failed to write journal header: .*\n$/),
    ])
    expect(handler).not.toHaveBeenCalled()
  })

  test('a call that fails has warned of its entries', ({ root, onTestFinished }) => {
    onTestFinished(reset)
    const given = []
    api.setWarningHandler(({ code }) => given.push(code))
    fs.mkdirSync(journalOf(root), { recursive: true })
    expect(thrown(() => api.appendJournalEntries(root, entries('a', 'b\n'))).code).toBe(IS_DIRECTORY)
    expect(given).toEqual([ODD])
  })

  unix('a call that waits has warned of its entries', async ({ root, onTestFinished }) => {
    onTestFinished(reset)
    const given = []
    api.setWarningHandler(({ code }) => given.push(code))
    stageLockfile(root, process.pid)
    const { signal } = new AbortController()
    const call = api.appendJournalEntriesAsync(root, entries('a', 'b\n'), { signal })
    await sleep(0)
    expect(given).toEqual([ODD])
    fs.rmSync(lockOf(root))
    await call
    expect(given).toEqual([ODD])
  })

  test('what the handler throws is dropped', ({ root, onTestFinished }) => {
    onTestFinished(reset)
    const handler = vi.fn(() => {
      throw new Error('no logger')
    })
    api.setWarningHandler(handler)
    api.appendJournalEntries(root, entries('a', 'b\n', '#c'))
    expect(handler).toHaveBeenCalledTimes(1)
    expect(text(root)).toBe(`${HEADER}0\na\n`)
  })

  test('a handler can write to the journal', ({ root, onTestFinished }) => {
    onTestFinished(reset)
    api.setWarningHandler(({ code }) => api.appendJournalEntries(root, entries(code)))
    api.appendJournalEntries(root, entries('a', 'b\n', 'c'))
    expect(text(root)).toBe(`${HEADER}0\na\nc\n${ODD}\n`)
  })

  bare.each([[5], ['a'], [{}]])('%j is refused', (handler) => {
    expect(thrown(() => api.setWarningHandler(handler))).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
      message: expect.stringContaining('The "handler" argument must be of type function'),
    })
  })

  test('each thread has its own', async ({ root }) => {
    const { stdout, stderr } = await runNode(
      root,
      `
      import { once } from 'node:events'
      import { Worker } from 'node:worker_threads'
      import { appendJournalEntries, setWarningHandler } from 'codegraph-journal'
      setWarningHandler(() => console.log('main'))
      const source = \`
        import { workerData, parentPort } from 'node:worker_threads'
        import { appendJournalEntries, setWarningHandler } from 'codegraph-journal'
        setWarningHandler(() => parentPort.postMessage('worker'))
        appendJournalEntries(workerData, [{ file: '#' }])\`
      const [told] = await once(new Worker(source, { eval: true, workerData: root }), 'message')
      console.log(told)
      appendJournalEntries(root, [{ file: '#' }])
      `,
    )
    expect([stdout, stderr]).toEqual(['worker\nmain\n', ''])
  })
})

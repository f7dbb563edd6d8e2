// The class `Journal`: its arguments, its ways to name a journal, who holds the lock, and what its calls had to do.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished } from 'vitest'
import { Journal, failure, thrown } from '../testkit/async.mjs'
import { deadPid, stageFile, stageLockfile, stoppedInside } from '../testkit/holder.mjs'
import { runNode } from '../testkit/node.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import { HEADER, journalDir, journalOf, lockOf, onlyJournal, test, tree, writeJournal } from '../testkit/workspace.mjs'

const unix = describe.skipIf(process.platform === 'win32') // there a lockfile that nobody has open is no lock
const linux = process.platform === 'linux'
const strace = spawnSync('strace', ['-V']).status === 0
const NONE = { writes: 0, waits: 0, timeouts: 0, staleLocksTakenOver: 0, retries: 0, longestWaitMs: 0 }

describe('its place', () => {
  test('is the directory, or the root', ({ root }) => {
    expect(new Journal(journalDir(root)).path).toBe(journalOf(root))
    expect(Journal.forRoot(root).path).toBe(journalOf(root))
    expect(Journal.forRoot(`${root}/a/..//.`).path).toBe(journalOf(root))
    expect(Journal.forRoot(root)).toBeInstanceOf(Journal)
    expect(tree(root)).toEqual({})
  })

  test('is what a relative directory named when it was made', ({ root }) => {
    const before = process.cwd()
    onTestFinished(() => process.chdir(before))
    process.chdir(root)
    const journals = [Journal.forRoot(''), new Journal('.codegraph')]
    process.chdir(before)
    for (const journal of journals) expect(journal.path).toBe(path.resolve(journalOf(root)))
  })

  test('is for others to subclass', ({ root }) => {
    class Mine extends Journal {}
    expect(Mine.forRoot(root)).toBeInstanceOf(Mine)
  })
})

describe('its arguments', () => {
  test.for([undefined, null, 5, {}, ['a'], Symbol('a'), () => 'a'].map((dir) => [dir]))('no directory: %s', ([dir]) => {
    const error = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }
    expect(thrown(() => new Journal(dir))).toMatchObject(error)
    expect(thrown(() => new Journal(dir)).message).toMatch(
      /^The "journalDir" argument must be of type string\. Received /,
    )
    expect(thrown(() => Journal.forRoot(dir))).toMatchObject(error)
    expect(thrown(() => Journal.forRoot(dir)).message).toMatch(
      /^The "rootDir" argument must be of type string\. Received /,
    )
  })

  test('a NUL in the directory', ({ root }) => {
    const error = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }
    expect(thrown(() => new Journal(`${root}\0`))).toMatchObject(error)
    expect(thrown(() => Journal.forRoot(`${root}\0`))).toMatchObject(error)
  })

  test.for([
    [null, 'ERR_INVALID_ARG_TYPE'],
    [5, 'ERR_INVALID_ARG_TYPE'],
    [[], 'ERR_INVALID_ARG_TYPE'],
    [{ lockTimeoutMs: '5' }, 'ERR_INVALID_ARG_TYPE'],
    [{ lockTimeoutMs: null }, 'ERR_INVALID_ARG_TYPE'],
    [{ lockTimeoutMs: 5n }, 'ERR_INVALID_ARG_TYPE'],
    [{ lockTimeoutMs: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ lockTimeoutMs: NaN }, 'ERR_OUT_OF_RANGE'],
    [{ durable: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ durable: null }, 'ERR_INVALID_ARG_TYPE'],
  ])('options %o: %s', ([options, code], { root }) => {
    expect(thrown(() => new Journal(root, options))).toMatchObject({ code })
    expect(thrown(() => Journal.forRoot(root, options))).toMatchObject({ code })
  })

  test.for(
    [
      undefined,
      {},
      { lockTimeoutMs: undefined, durable: undefined },
      { lockTimeoutMs: 0 },
      { lockTimeoutMs: 0.5 },
      { lockTimeoutMs: Infinity },
      { lockTimeoutMs: 1e300, durable: false },
    ].map((options) => [options]),
  )('options %o are fine', async ([options], { root }) => {
    const journal = Journal.forRoot(root, options)
    journal.append([{ file: 'a' }])
    await journal.appendAndStampAsync([{ file: 'b' }], 5)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}5\na\nb\n`))
  })

  test('an option that is not known is refused, with those that are', async ({ root }) => {
    const error = thrown(() => Journal.forRoot(root, { lockTimeout: 5 }))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
    expect(error.message).toBe(
      "The property 'options.lockTimeout' is not known. Known here: 'options.lockTimeoutMs', 'options.durable'",
    )
    await expect(Journal.forRoot(root).appendAsync([], { signl: undefined })).rejects.toMatchObject({
      message: "The property 'options.signl' is not known. Known here: 'options.signal'",
    })
    expect(tree(root)).toEqual({})
  })

  test.for([undefined, 5, {}].map((position) => [position]))('no position: %s', async ([position], { root }) => {
    const journal = Journal.forRoot(root)
    const error = thrown(() => journal.checkpoint(position, 5))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    expect(await failure(journal.checkpointAsync(position, 5))).toEqual(error)
    expect(tree(root)).toEqual({})
  })

  test.for(['', 'x', '0', '0123456789ABCDEF', ' 123456789abcdef', '0123456789abcdef0'])(
    'a text that is no position: %j',
    async (position, { root }) => {
      const journal = Journal.forRoot(root)
      const error = thrown(() => journal.checkpoint(position, 5))
      expect(error).toMatchObject({ name: 'Error', code: 'ERR_JOURNAL_INVALID_POSITION' })
      expect(await failure(journal.checkpointAsync(position, 5))).toEqual(error)
      expect(tree(root)).toEqual({})
    },
  )

  test('methods refuse what the functions refuse', ({ root }) => {
    const journal = Journal.forRoot(root)
    for (const [method, name, ...args] of [
      ['append', 'append', [null]],
      ['append', 'append', 5],
      ['appendAndStamp', 'stamp', [{ file: 'a' }], -1],
      ['appendAndStamp', 'stamp', [{ file: 5 }], 5],
      ['reset', 'header', NaN],
    ]) {
      expect(thrown(() => journal[method](...args))).toEqual(thrown(() => ours[0][name](root, ...args)))
    }
    expect(thrown(() => journal.checkpoint(null, NaN))).toMatchObject({ code: 'ERR_JOURNAL_INVALID_TIMESTAMP' })
    expect(tree(root)).toEqual({})
  })
})

test('its methods write what the functions write, and read what they read', ({ root }) => {
  const [place, twin] = [`${root}/a`, `${root}/b`]
  const journal = Journal.forRoot(place)
  for (const [method, name, ...args] of [
    ['append', 'append', [{ file: 'a' }]],
    ['append', 'append', []],
    ['appendAndStamp', 'stamp', [{ file: 'b', deleted: true }], 1_700_000_000_000],
    ['reset', 'header', 6],
  ]) {
    expect(journal[method](...args)).toBe(undefined)
    ours[0][name](twin, ...args)
    expect(tree(place)).toEqual(tree(twin))
  }
  journal.append([{ file: 'c' }, { file: 'd', deleted: true }])
  const read = journal.read()
  expect(read).toEqual({ valid: true, timestamp: 6, changed: ['c'], removed: ['d'] })
  expect(read).toEqual(original.read(place))
  expect(read).toEqual(ours[0].read(place))
  expect(journal.mark()).toMatch(/^[0-9a-f]{16}$/)
})

unix('holder()', () => {
  test('is undefined if nobody has the lock', ({ root }) => {
    const journal = Journal.forRoot(root)
    expect(journal.holder()).toBe(undefined)
    journal.append([{ file: 'a' }])
    expect(journal.holder()).toBe(undefined)
    expect(Object.keys(tree(root))).toEqual(['.codegraph', '.codegraph/changes.journal'])
  })

  test('names a JS writer: who, what it runs, since when', ({ root }) => {
    stageLockfile(root, process.pid, 2000)
    const holder = Journal.forRoot(root).holder()
    expect(holder).toMatchObject({ pid: process.pid, native: false, state: 'running' })
    expect(holder.ageMs).toBeGreaterThanOrEqual(2000)
    expect(holder.ageMs).toBeLessThan(10_000)
    if (process.platform === 'linux') expect(holder.command).toContain('node')
  })

  test('names a native writer', async ({ root }) => {
    const stopped = await stoppedInside(root, 'root')
    try {
      const holder = Journal.forRoot(root).holder()
      expect(holder).toMatchObject({ pid: stopped.pid, native: true, state: linux ? 'stopped' : 'running' })
      if (linux) expect(holder.message).toContain(`is stopped: continue it (kill -CONT ${stopped.pid})`)
    } finally {
      await stopped.kill()
    }
  })

  test('names a killed native writer until the next write', async ({ root }) => {
    const stopped = await stoppedInside(root, 'root')
    await stopped.kill()
    expect(Journal.forRoot(root).holder()).toMatchObject({ pid: stopped.pid, native: true, state: 'dead' })
    Journal.forRoot(root).append([{ file: 'a' }])
    expect(Journal.forRoot(root).holder()).toBe(undefined)
  })

  test.for([
    ['a lockfile that is not stamped yet', '', 'names no process'],
    ['not a lockfile of codegraph', 'x'.repeat(2000), 'not a lockfile of codegraph'],
  ])('does not guess, and does not say that the lock is free: %s', ([, content, message], { root }) => {
    stageFile(root, content)
    expect(Journal.forRoot(root).holder()).toEqual({ message: expect.stringContaining(message) })
  })

  // As another user's with a mode that keeps this one out; root may read whatever it is.
  test.skipIf(!strace)('distinguishes a lockfile that can not be read from a lock that is free', async ({ root }) => {
    stageLockfile(root, process.pid)
    const source = `
      import { Journal } from 'codegraph-journal'
      console.log(JSON.stringify(Journal.forRoot(root).holder()))
      try { Journal.forRoot(root, { lockTimeoutMs: 50 }).append([]) } catch ({ message }) { console.log(message) }`
    const options = ['--follow-forks', '--quiet=all', '--output=/dev/null', `--trace-path=${lockOf(root)}`]
    const command = ['strace', ...options, '--inject=openat:error=EACCES']
    const { stdout } = await runNode(root, source, { command })
    const [holder, message] = stdout.split('\n')
    expect(JSON.parse(holder)).toEqual({
      message: expect.stringMatching(/^its lockfile can't be read \(permission denied\)/),
    })
    expect(message).toMatch(/within 50ms: its lockfile can't be read/)
  })

  test('is who stands in the way of a call', async ({ root }) => {
    stageLockfile(root, process.pid)
    const journal = Journal.forRoot(root, { lockTimeoutMs: 50 })
    const { ageMs, message, ...holder } = journal.holder()
    expect(message).toContain(`process ${process.pid} `)
    const error = await failure(journal.appendAsync([{ file: 'a' }]))
    expect(error.holder).toMatchObject(holder)
    expect(error.holder.ageMs).toBeGreaterThanOrEqual(ageMs)
  })
})

unix('lockTimeoutMs', () => {
  test.for([0, 50, 300])('of %d ms', (lockTimeoutMs, { root }) => {
    stageLockfile(root, process.pid)
    const start = performance.now()
    const error = thrown(() => Journal.forRoot(root, { lockTimeoutMs }).append([{ file: 'a' }]))
    const ms = performance.now() - start
    expect(error).toMatchObject({ code: 'ERR_JOURNAL_LOCK_TIMEOUT' })
    expect(error.message).toContain(`within ${lockTimeoutMs}ms`)
    expect(ms).toBeGreaterThanOrEqual(lockTimeoutMs)
    expect(ms).toBeLessThan(lockTimeoutMs + 2000) // not the 5 s of the functions
  })

  test('of Infinity, ended by a signal', async ({ root }) => {
    stageLockfile(root, process.pid)
    const journal = Journal.forRoot(root, { lockTimeoutMs: Infinity })
    const error = await failure(journal.appendAsync([{ file: 'a' }], { signal: AbortSignal.timeout(100) }))
    expect(error).toMatchObject({ code: 'ABORT_ERR' })
  })
})

test('util.inspect shows where it is', ({ root }) => {
  const shown = inspect(Journal.forRoot(root), { breakLength: Infinity })
  expect(shown).toBe(`Journal { path: ${inspect(journalOf(root))} }`) // on Windows each backslash is shown as two
})

describe('stats()', () => {
  test('counts what was acknowledged, of synchronous and asynchronous calls', async ({ root }) => {
    const journal = Journal.forRoot(root)
    expect(journal.stats()).toEqual(NONE)
    journal.append([{ file: 'a' }])
    await Promise.all([journal.appendAsync([{ file: 'b' }]), journal.resetAsync(5)])
    expect(journal.stats()).toEqual({ ...NONE, writes: 3 })
    thrown(() => journal.append([{ file: '' }]))
    journal.mark() // has no entries: nothing to mark
    expect(journal.stats().writes).toBe(3)
    expect(Journal.forRoot(root).stats()).toEqual(NONE)
  })

  unix('of calls that had more to do', () => {
    test('counts waits, and the longest', async ({ root }) => {
      const journal = Journal.forRoot(root)
      stageLockfile(root, process.pid)
      setTimeout(() => fs.unlinkSync(lockOf(root)), 300)
      await journal.appendAsync([{ file: 'a' }])
      await journal.appendAsync([{ file: 'b' }])
      const { writes, waits, longestWaitMs } = journal.stats()
      expect({ writes, waits }).toEqual({ writes: 2, waits: 1 })
      expect(longestWaitMs).toBeGreaterThan(100)
      expect(longestWaitMs).toBeLessThan(5000)
    })

    test('counts a wait that timed out', ({ root }) => {
      const journal = Journal.forRoot(root, { lockTimeoutMs: 50 })
      stageLockfile(root, process.pid)
      expect(thrown(() => journal.append([{ file: 'a' }]))).toMatchObject({ code: 'ERR_JOURNAL_LOCK_TIMEOUT' })
      expect(journal.stats()).toEqual({ ...NONE, waits: 1, timeouts: 1, longestWaitMs: 50 })
    })

    test('counts take-overs', ({ root }) => {
      const journal = Journal.forRoot(root)
      stageLockfile(root, deadPid(), 1000)
      journal.append([{ file: 'a' }])
      expect(journal.stats()).toMatchObject({ writes: 1, staleLocksTakenOver: 1 })
    })

    // As codegraph's own engine does.
    test('counts writes that were done again, for somebody replaces the journal without the lock', async ({ root }) => {
      const journal = Journal.forRoot(root)
      journal.reset(5)
      const replacing = `
        const fs = require('node:fs')
        const { journal } = require('node:worker_threads').workerData
        const idle = new Int32Array(new SharedArrayBuffer(4))
        for (;;) {
          fs.writeFileSync(journal + '.engine', '${HEADER}5\\n')
          fs.renameSync(journal + '.engine', journal)
          Atomics.wait(idle, 0, 0, 1) // without a pause a call may find it replaced ten times
        }
      `
      const worker = new Worker(replacing, { eval: true, execArgv: [], workerData: { journal: journalOf(root) } })
      try {
        for (let calls = 0; calls < 100_000 && journal.stats().retries === 0; calls++) {
          await journal.appendAsync([{ file: 'a' }])
        }
      } finally {
        await worker.terminate()
      }
      expect(journal.stats().retries).toBeGreaterThan(0)
    })
  })
})

test('many of them write to one journal, some durably', async ({ root }) => {
  const journals = Array.from({ length: 10 }, (_, index) => Journal.forRoot(root, { durable: index % 2 === 0 }))
  await Promise.all(journals.map((journal, index) => journal.appendAsync([{ file: `f${index}` }])))
  const expected = journals.map((_, index) => `f${index}\n`).join('')
  expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\n${expected}`))
  writeJournal(root, `${HEADER}5\nx\n`)
  for (const journal of journals) expect(journal.read().changed).toEqual(['x'])
})

if (!strace) console.log('skipped: what `durable` makes of a write, for there is no strace here')

describe.skipIf(!strace)('durable', () => {
  const APPEND = "journal.append([{ file: 'a' }])"
  const STAMP = "await journal.appendAndStampAsync([{ file: 'b' }], 1700000000000)"
  const RESET = 'journal.reset(1700000000000)'
  // A journal with another name is not written to in place.
  const REPLACED = `fs.linkSync(journal.path, root + '/copy'); ${STAMP}`

  test.for([
    [false, APPEND, 0],
    [false, STAMP, 0],
    [false, RESET, 0],
    [false, REPLACED, 1],
    [true, APPEND, 1],
    [true, STAMP, 2], // the entries and then the header
    [true, RESET, 2], // the file and the directory
    [true, REPLACED, 2],
  ])('%s: %s: %d syncs', async ([durable, call, expected], { root }) => {
    writeJournal(root, `${HEADER}1600000000000\n`)
    const source = `
      import fs from 'node:fs'
      import { Journal } from 'codegraph-journal'
      const journal = Journal.forRoot(root, { durable: ${durable} })
      ${call}
    `
    const command = ['strace', '--follow-forks', '--trace=fsync,fdatasync', `--output=${root}/trace`]
    expect(await runNode(root, source, { command })).toMatchObject({ code: 0, stderr: '' })
    const calls = fs.readFileSync(`${root}/trace`, 'utf8').match(/f(data)?sync\(/g) ?? []
    expect(calls.length).toBe(expected)
  })
})

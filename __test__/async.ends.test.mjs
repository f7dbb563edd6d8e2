// What becomes of asynchronous calls when the process exits, a worker thread is terminated, or nobody waits for them.
//
// JOURNAL_TEST_ROUNDS is how many worker threads are terminated; JOURNAL_TEST_SEED repeats the moments.

import fc from 'fast-check'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { stageLockfile } from '../testkit/holder.mjs'
import { runNode } from '../testkit/node.mjs'
import { ours } from '../testkit/subjects.mjs'
import {
  HEADER,
  LASTING,
  journalDir,
  journalOf,
  lockOf,
  namesIn,
  onlyJournal,
  test,
  tree,
} from '../testkit/workspace.mjs'

const unix = describe.skipIf(process.platform === 'win32') // there a staged lockfile holds nobody up
const MINUTES = 60_000
const ROUNDS = Number(process.env.JOURNAL_TEST_ROUNDS ?? 300)
const seed = Number(process.env.JOURNAL_TEST_SEED ?? Date.now() % 2 ** 31)
const clean = { code: 0, signal: null, stderr: '' }

test('a process lives until its calls are done, though nobody waits for them', async ({ root }) => {
  const source = `
    import { appendJournalEntriesAsync } from 'codegraph-journal'
    for (let index = 0; index < 100; index++) appendJournalEntriesAsync(root, [{ file: 'f' + index }])
  `
  expect(await runNode(root, source)).toMatchObject(clean)
  const files = Array.from({ length: 100 }, (_, index) => `f${index}\n`)
  expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\n${files.join('')}`))
})

unix('process.exit()', () => {
  test('with a hundred calls that wait: in a moment, and nothing is written', async ({ root }) => {
    for (let index = 0; index < 8; index++) stageLockfile(`${root}/${index}`, process.pid)
    const before = tree(root)
    let exit
    const report = await runNode(
      root,
      `
        import { appendJournalEntriesAsync } from 'codegraph-journal'
        for (let index = 0; index < 100; index++) appendJournalEntriesAsync(root + '/' + index % 8, [{ file: 'a' }])
        setTimeout(() => { console.log('exit'); process.exit(7) }, 100)
      `,
      { onLine: () => (exit = performance.now()) },
    )
    const ms = performance.now() - exit
    console.log(`process.exit() with 100 calls that wait took ${ms.toFixed(0)} ms`)
    expect(report).toMatchObject({ ...clean, code: 7 })
    expect(ms).toBeLessThan(2000) // they would wait for 5 s
    expect(tree(root)).toEqual(before)
  })

  test('with a worker thread whose calls wait: in a moment', async ({ root }) => {
    stageLockfile(root, process.pid)
    let exit
    const report = await runNode(
      root,
      `
        import { Worker } from 'node:worker_threads'
        const source = \`
          require('codegraph-journal').appendJournalEntriesAsync(\${JSON.stringify(root)}, [{ file: 'a' }])
          require('node:worker_threads').parentPort.postMessage('waits')
        \`
        new Worker(source, { eval: true, execArgv: [] }).once('message', () => setTimeout(() => {
          console.log('exit')
          process.exit(7)
        }, 100))
      `,
      { onLine: () => (exit = performance.now()) },
    )
    const ms = performance.now() - exit
    console.log(`process.exit() with a worker whose call waits took ${ms.toFixed(0)} ms`)
    expect(report).toMatchObject({ ...clean, code: 7 })
    expect(ms).toBeLessThan(2000)
  })

  /** How often of 20 exits with the lock a lockfile is left behind, which the original respects for 30 s. */
  async function leftBehind(root, { without = '' } = {}) {
    // So long that writing it anew takes a while; and it is, for the first digit changes.
    const long = Array.from({ length: 20_000 }, (_, index) => ({ file: `src/some/directory/file-${index}.ts` }))
    ours[0].stamp(root, long, 9_600_000_000_000)
    let left = 0
    for (let round = 0; round < 20; round++) {
      const report = await runNode(
        root,
        `
          import { appendJournalEntriesAndStampHeaderAsync } from 'codegraph-journal'
          import fs from 'node:fs'
          const isLocked = () => fs.existsSync(${JSON.stringify(lockOf(root))})
          appendJournalEntriesAndStampHeaderAsync(root, [{ file: 'a' }], ${(round % 9) + 1}_700_000_000_000)
          ${without}
          for (const start = Date.now(); !isLocked() && Date.now() - start < 1000; );
          process.exit()
        `,
      )
      expect(report).toMatchObject(clean)
      if (fs.existsSync(lockOf(root))) left++
      fs.rmSync(lockOf(root), { force: true })
    }
    return left
  }

  test(
    'with a call that has the lock: it is finished, and no lockfile is left',
    { timeout: 2 * MINUTES },
    async ({ root }) => {
      expect(await leftBehind(root)).toBe(0)
      expect(namesIn(root)).toEqual(LASTING)
    },
  )

  test('control: without our listener it is left', { timeout: 2 * MINUTES }, async ({ root }) => {
    const left = await leftBehind(root, { without: "process.removeAllListeners('exit')" })
    console.log(`${left} of 20 left a lockfile behind without the listener`)
    expect(left).toBeGreaterThan(0)
  })
})

// With the system call that writes a new journal out taking far longer than a moment.
const strace = spawnSync('strace', ['-V']).status === 0
if (!strace) console.log('skipped: the end with writes that hang, for there is no strace here')

describe.skipIf(!strace)('with eight writes that hang with the lock', () => {
  const command = ['strace', '-f', '--quiet=all', '--output=/dev/null', '--trace=fdatasync']
  command.push('--inject=fdatasync:delay_enter=5000000')
  const hang = (root) => `
    const fs = require('node:fs')
    const roots = Array.from({ length: 8 }, (_, index) => ${JSON.stringify(root)} + '/' + index)
    const isInside = (root) => fs.existsSync(root + '/.codegraph/changes.journal.lock')
    const { Journal } = require('codegraph-journal')
    for (const root of roots) Journal.forRoot(root, { durable: true }).resetAsync(5)
  `
  // One moment of 250 ms, not eight of them.
  const expectOne = ({ stdout, code }) => {
    const ms = Number(stdout)
    console.log(`the end with eight writes that hang took ${ms.toFixed(0)} ms`)
    expect(code).toBe(0)
    expect(ms).toBeGreaterThan(200)
    expect(ms).toBeLessThan(1000)
  }

  test('process.exit() waits for one moment', async ({ root }) => {
    const source = `
      import { createRequire } from 'node:module'
      const require = createRequire(process.cwd() + '/')
      let start
      process.on('exit', () => (start = performance.now()))
      ${hang(root)}
      while (!roots.every(isInside)) await new Promise((resolve) => setTimeout(resolve, 10))
      process.on('exit', () => fs.writeSync(1, String(performance.now() - start)))
      process.exit()
    `
    expectOne(await runNode(root, source, { command }))
  })

  test('so does the end of a worker thread', async ({ root }) => {
    const work = `
      ${hang(root)}
      setInterval(() => roots.every(isInside) && require('node:worker_threads').parentPort.postMessage('inside'), 10)
    `
    const source = `
      import { once } from 'node:events'
      import fs from 'node:fs'
      import { Worker } from 'node:worker_threads'
      const worker = new Worker(${JSON.stringify(work)}, { eval: true, execArgv: [] })
      await once(worker, 'message')
      const start = performance.now()
      await worker.terminate()
      fs.writeSync(1, String(performance.now() - start))
    `
    expectOne(await runNode(root, source, { command }))
  })
})

unix('an exit that does not take place', () => {
  test('ends the call that waits for the lock, and those behind it are done', async ({ root }) => {
    stageLockfile(root, process.pid)
    const report = await runNode(
      root,
      `
        import { appendJournalEntriesAsync } from 'codegraph-journal'
        import fs from 'node:fs'
        const calls = ['a', 'b'].map((file) => appendJournalEntriesAsync(root, [{ file }]))
        const outcomes = Promise.allSettled(calls)
        process.once('exit', () => { throw new Error('not now') })
        try { process.exit() } catch (error) { console.log(error.message) }
        calls[0].catch(() => fs.unlinkSync(${JSON.stringify(lockOf(root))}))
        for (const { status, reason } of await outcomes) console.log(status, reason?.code)
      `,
    )
    expect(report).toMatchObject(clean)
    expect(report.stdout).toBe('not now\nrejected ERR_JOURNAL_CANCELLED\nfulfilled undefined\n')
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\nb\n`))
  })
})

describe('a worker thread', () => {
  // Every worker writes to one journal, waits for another one, and tells what was acknowledged until its end.
  const source = `
    import { Worker } from 'node:worker_threads'
    import { setTimeout as sleep } from 'node:timers/promises'
    process.on('unhandledRejection', (error) => { console.error(error); process.exit(1) })
    const work = \`
      const { parentPort, threadId, workerData: { root, free } } = require('node:worker_threads')
      const { Journal, appendJournalEntriesAsync } = require('codegraph-journal')
      const journal = Journal.forRoot(free)
      for (let index = 0; index < 200; index++) {
        const file = threadId + '/' + index
        const call = index % 2 ? journal.appendAsync([{ file }]) : journal.appendAndStampAsync([{ file }], 1700000000000)
        call.then(() => parentPort.postMessage(file))
      }
      for (let index = 0; index < 4; index++) appendJournalEntriesAsync(root + '/held' + index, [{ file: 'a' }])
      parentPort.postMessage('started')
    \`
    const acknowledged = []
    let cut = 0
    for (const delay of delays) {
      const worker = new Worker(work, { eval: true, execArgv: [], workerData: { root, free: root + '/free' } })
      let told = 0
      await new Promise((resolve, reject) => {
        worker.on('error', reject)
        worker.on('message', (message) => {
          if (message === 'started') return resolve()
          told++
          acknowledged.push(message)
        })
      })
      await sleep(delay)
      await worker.terminate()
      if (told < 200) cut++
    }
    console.log(JSON.stringify({ acknowledged, cut }))
  `

  test(`is terminated with calls in flight, ${ROUNDS} times`, { timeout: 5 * MINUTES }, async ({ root }) => {
    console.log(`terminated: JOURNAL_TEST_SEED=${seed}`)
    for (let index = 0; index < 4; index++) stageLockfile(`${root}/held${index}`, process.pid)
    const [delays] = fc.sample(fc.array(fc.nat(8), { minLength: ROUNDS, maxLength: ROUNDS }), { seed, numRuns: 1 })
    const report = await runNode(root, `const delays = ${JSON.stringify(delays)}\n${source}`, { timeout: 5 * MINUTES })
    expect(report).toMatchObject(clean)
    const { acknowledged, cut } = JSON.parse(report.stdout)
    console.log(`${cut} of ${ROUNDS} ended in the middle, ${acknowledged.length} entries acknowledged`)
    expect(cut).toBeGreaterThan(ROUNDS / 4)

    const free = `${root}/free`
    const lines = fs.readFileSync(journalOf(free), 'utf8').split('\n')
    expect(lines[0]).toMatch(/^# codegraph-journal v1 (0|1700000000000)$/)
    expect(lines.at(-1)).toBe('')
    expect(lines.slice(1, -1).filter((line) => !/^\d+\/\d+$/.test(line))).toEqual([])
    expect(acknowledged.filter((entry) => !new Set(lines).has(entry)).length).toBe(0)
    expect(namesIn(free)).toEqual(LASTING)
    ours[0].append(free, [{ file: 'afterwards' }])
  })
})

test('a hundred thousand calls leave nothing in memory', { timeout: 5 * MINUTES }, async ({ root }) => {
  const { stdout, ...report } = await runNode(
    root,
    `
      import { Journal } from 'codegraph-journal'
      const { signal } = new AbortController()
      const journal = Journal.forRoot(root)
      async function calls(count) {
        for (let done = 0; done < count; done += 1000) {
          await Promise.all(Array.from({ length: 1000 }, () => journal.appendAsync([{ file: 'a' }], { signal })))
          await journal.resetAsync(1)
        }
        gc()
        const { rss, heapUsed } = process.memoryUsage()
        return { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 }
      }
      const { setMaxListeners } = await import('node:events')
      setMaxListeners(0, signal)
      const before = await calls(20_000)
      const start = performance.now()
      const after = await calls(100_000)
      console.log(JSON.stringify({ before, after, micros: (performance.now() - start) / 100 }))
    `,
    { flags: ['--expose-gc'], timeout: 5 * MINUTES },
  )
  expect(report).toMatchObject(clean)
  const { before, after, micros } = JSON.parse(stdout)
  for (const kind of ['rss', 'heap']) {
    console.log(`${kind}: ${before[kind].toFixed(1)} MiB before 100,000 calls, ${after[kind].toFixed(1)} MiB after`)
  }
  console.log(`${micros.toFixed(0)} µs a call`)
  // 20 bytes a call of what V8 counts; what it does not count is lost in the noise of its heap's size below 640.
  expect(after.heap - before.heap).toBeLessThan(2)
  expect(after.rss - before.rss).toBeLessThan(64)
})

// Asynchronous calls by the hundred thousand: worker threads that are terminated in the middle of them, and what is left in memory.
//
// JOURNAL_TEST_ROUNDS is how many worker threads are terminated; JOURNAL_TEST_SEED repeats the moments.

import fc from 'fast-check'
import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { stageLockfile } from '../testkit/holder.mjs'
import { runNode } from '../testkit/node.mjs'
import { ours } from '../testkit/subjects.mjs'
import { LASTING, journalOf, namesIn, test } from '../testkit/workspace.mjs'

const MINUTES = 60_000
const ROUNDS = Number(process.env.JOURNAL_TEST_ROUNDS ?? 300)
const seed = Number(process.env.JOURNAL_TEST_SEED ?? Date.now() % 2 ** 31)
const clean = { code: 0, signal: null, stderr: '' }

describe('a worker thread', () => {
  // Every worker writes to one journal, waits for another one, and reports what was acknowledged until its end.
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
    expect(lines.slice(1, -1).filter((line) => !/^(\d+\/\d+| *)$/.test(line))).toEqual([])
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

// Asynchronous calls hold up neither the event loop nor libuv's pool, whoever holds the lock.

import { execFileSync } from 'node:child_process'
import crypto from 'node:crypto'
import dns from 'node:dns/promises'
import fs from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished } from 'vitest'
import { Journal, asyncOurs, pending } from '../testkit/async.mjs'
import { stageLockfile } from '../testkit/holder.mjs'
import { ours } from '../testkit/subjects.mjs'
import { lockOf, test } from '../testkit/workspace.mjs'
import { race } from '../testkit/writers.mjs'

const unix = describe.skipIf(process.platform === 'win32') // there a staged lockfile holds nobody up
const [{ append }] = asyncOurs
const HELD_MS = 1000
const HUNDRED = Array.from({ length: 100 }, (_, index) => index)
const POOL = Number(process.env.UV_THREADPOOL_SIZE ?? 4)

/** The event loop's delay while that runs, in ms. */
async function delayDuring(what, run) {
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  histogram.enable()
  await sleep(20)
  await run()
  await sleep(20)
  histogram.disable()
  const [median, p99, max] = [histogram.percentile(50), histogram.percentile(99), histogram.max].map((ns) => ns / 1e6)
  console.log(`event loop, ${what}: median ${median.toFixed(1)}, p99 ${p99.toFixed(1)}, longest ${max.toFixed(1)} ms`)
  return max
}

unix('the event loop', () => {
  test('turns on while a hundred calls wait for the lock', async ({ root }) => {
    await delayDuring('idle', () => sleep(HELD_MS))
    const asynchronous = await delayDuring('a hundred asynchronous calls wait', async () => {
      stageLockfile(root, process.pid)
      const calls = HUNDRED.map((index) => append(root, [{ file: `${index}` }]))
      await sleep(HELD_MS)
      fs.unlinkSync(lockOf(root))
      await Promise.all(calls)
    })
    // Control: the same wait in a synchronous call.
    const synchronous = await delayDuring('one synchronous call waits', async () => {
      stageLockfile(root, process.pid)
      const journal = Journal.forRoot(root, { lockTimeoutMs: HELD_MS })
      expect(() => journal.append([{ file: 'a' }])).toThrowError(/within 1000ms/)
    })
    expect(synchronous).toBeGreaterThan(0.9 * HELD_MS)
    expect(asynchronous).toBeLessThan(HELD_MS / 3)
    expect(ours[0].read(root)).toEqual({ valid: false })
  })

  test('turns on while other processes write', { timeout: 120_000 }, async ({ root }) => {
    await delayDuring('a hundred asynchronous calls, two busy writers', async () => {
      const entries = 3000
      const writers = race(
        root,
        [
          { subject: 'root', entries },
          { subject: 'root', entries },
        ],
        async () => {
          await Promise.all(HUNDRED.map((index) => append(root, [{ file: `${index}` }])))
        },
      )
      for (const { errors } of await writers) expect(errors).toEqual([])
    })
    expect(ours[0].read(root).changed).toEqual(expect.arrayContaining(HUNDRED.map(String)))
  })
})

unix("libuv's pool", () => {
  /** What runs on the pool: files, names, and arithmetic. */
  const poolWork = () =>
    Promise.all([
      ...HUNDRED.map(() => fs.promises.readFile('/etc/hosts')),
      ...HUNDRED.map(() => fs.promises.stat('/')),
      dns.lookup('localhost'),
      promisify(crypto.pbkdf2)('a', 'b', 10, 16, 'sha1'),
    ])

  test('is free while a hundred calls on eight journals wait', async ({ root }) => {
    const roots = HUNDRED.map((index) => `${root}/${index % 8}`)
    for (const each of roots.slice(0, 8)) stageLockfile(each, process.pid)
    const calls = roots.map((each, index) => append(each, [{ file: `${index}` }]))
    const waiting = calls.map(pending)
    await sleep(50)
    const start = performance.now()
    await poolWork()
    console.log(`200 file operations while 100 calls wait: ${(performance.now() - start).toFixed(1)} ms`)
    expect(waiting.every((stillWaits) => stillWaits())).toBe(true)
    for (const each of roots.slice(0, 8)) fs.unlinkSync(lockOf(each))
    await Promise.all(calls)
  })

  test('control: as many waits on the pool as it has threads, and nothing else runs', async ({ root }) => {
    const fifo = `${root}/fifo`
    execFileSync('mkfifo', [fifo])
    const opened = Array.from({ length: POOL }, () => fs.promises.open(fifo, 'r'))
    onTestFinished(async () => {
      for (const file of await Promise.all(opened)) await file.close()
    })
    const work = poolWork()
    const starved = pending(work)
    await sleep(500)
    expect(starved()).toBe(true)
    fs.closeSync(fs.openSync(fifo, 'r+')) // lets the first of them go
    const release = setInterval(() => fs.closeSync(fs.openSync(fifo, 'r+')), 10)
    await work
    clearInterval(release)
  })
})

unix('neither starves the other', () => {
  test('a held journal does not hold up the others', async ({ root }) => {
    stageLockfile(`${root}/held`, process.pid)
    const held = HUNDRED.map((index) => append(`${root}/held`, [{ file: `${index}` }]))
    const waits = pending(held[0])
    await Promise.all(HUNDRED.map((index) => append(`${root}/free`, [{ file: `${index}` }])))
    expect(waits()).toBe(true)
    fs.unlinkSync(lockOf(`${root}/held`))
    await Promise.all(held)
  })
})

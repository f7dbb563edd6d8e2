// Many writers on one journal, in real processes: every acknowledged entry is in it.
//
// JOURNAL_TEST_ENTRIES is how many entries all writers of a test acknowledge together;
// JOURNAL_TEST_SEED repeats the moments at which the last test kills.

import fc from 'fast-check'
import fs from 'node:fs'
import path from 'node:path'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { account } from '../testkit/account.mjs'
import { all, ours } from '../testkit/subjects.mjs'
import { journalDir, test } from '../testkit/workspace.mjs'
import { FIRST_STAMP, pauseMs, race } from '../testkit/writers.mjs'

const TOTAL = Number(process.env.JOURNAL_TEST_ENTRIES ?? 12_000)
const MINUTES = 60_000
// How long a survivor may be held up: less than any lockfile takes to look stale to JS, yet generous to a
// busy machine. `differences.lock` measures one take-over alone, and exactly.
const AT_ONCE_MS = 2000

const share = (writers) => Math.ceil(TOTAL / writers)
const several = (count, order) => Array.from({ length: count }, () => ({ ...order }))

function tell(title, { acknowledged, lost, repeated, turns }, writers) {
  const longest = Math.max(...writers.map((writer) => writer.longestMs))
  console.log(
    `${title}: ${acknowledged} acknowledged, ${lost.length} lost, ${repeated} written twice, ` +
      `${turns} turns, longest call ${longest.toFixed(1)} ms`,
  )
}

/** Runs the writers to their end, and expects an honest journal that every one of them had a part in. */
async function expectNothingLost(title, root, orders) {
  const writers = await race(root, orders)
  const sum = account(root, writers)
  tell(title, sum, writers)
  expect(writers.flatMap((writer) => writer.errors)).toEqual([])
  expect(sum.acknowledged).toBe(orders.reduce((total, { entries }) => total + entries, 0))
  expect(sum.lost).toEqual([])
  expect(sum.unasked).toEqual([]) // which a torn or a glued line would be, too
  expect(sum.complete).toBe(true)
  expect(sum.leftovers).toEqual([])
  // They did meet, again and again: one after another would make as many turns as there are writers.
  expect(sum.turns).toBeGreaterThan(orders.length + TOTAL / 150)
  return sum
}

describe('native writers', () => {
  test.for([2, 8])('%d processes', { timeout: 5 * MINUTES }, async (count, { root }) => {
    const orders = several(count, { subject: 'root', entries: share(count) })
    const sum = await expectNothingLost(`${count} native`, root, orders)
    expect(sum.repeated).toBe(0)
  })

  test('both dialects', { timeout: 5 * MINUTES }, async ({ root }) => {
    const orders = ['root', 'dir'].map((subject) => ({ subject, entries: share(2) }))
    const sum = await expectNothingLost('root and dir', root, orders)
    expect(sum.repeated).toBe(0)
  })

  test('8 worker threads of one process', { timeout: 5 * MINUTES }, async ({ root }) => {
    const orders = several(8, { subject: 'root', entries: share(8), thread: true })
    const sum = await expectNothingLost('8 native threads', root, orders)
    expect(sum.repeated).toBe(0)
  })
})

describe('a reader beside a native writer', () => {
  // Entry n comes with the n-th stamp, so no header may be ahead of the number of entries.
  test.for(all)(
    '$name never finds a header that is newer than the body',
    { timeout: 5 * MINUTES },
    async (reader, { root }) => {
      const before = FIRST_STAMP - 1
      ours[0].header(root, before)
      const seen = []
      const orders = [{ subject: 'root', entries: share(1), stampEvery: 1 }]
      const writers = await race(root, orders, async ([writer]) => {
        while (!writer.isDone) {
          const { valid, timestamp, changed } = reader.read(root)
          seen.push({ valid, stamps: timestamp - before, entries: changed?.length })
          await turn()
        }
      })

      expect(account(root, writers).lost).toEqual([])
      const versions = new Set(seen.map(({ stamps }) => stamps)).size
      console.log(`${reader.name}: ${seen.length} reads, ${versions} versions of the journal`)
      expect(versions).toBeGreaterThan(10)
      expect(seen.filter(({ valid, stamps, entries }) => !valid || stamps > entries)).toEqual([])
    },
  )
})

describe('with the original', () => {
  // JS looks every 25 ms whether the lock is free. A native writer that never pauses hardly lets it in, and
  // they would write one after the other: the pause makes them take turns.
  test('one native writer beside one JS writer', { timeout: 5 * MINUTES }, async ({ root }) => {
    await expectNothingLost('1 native beside 1 JS', root, [
      { subject: 'root', entries: share(2), pauseMs: Math.max(1, pauseMs) },
      { subject: 'original', entries: share(2) },
    ])
  })

  // What ours is for. Whether the original loses anything in one run is chance, so nothing is expected.
  test('control: 4 JS', { timeout: 5 * MINUTES }, async ({ root }) => {
    const writers = await race(root, several(4, { subject: 'original', entries: share(16) }))
    const sum = account(root, writers)
    tell('control, 4 JS', sum, writers)
    const failed = writers.flatMap((writer) => writer.errors).length
    console.log(`control, 4 JS: ${failed} calls failed, ${sum.unasked.length} lines nobody wrote`)
  })
})

describe('killed', () => {
  const VICTIMS = 6
  const seed = Number(process.env.JOURNAL_TEST_SEED ?? Date.now() % 2 ** 31)

  test('native writers die at any moment', { timeout: 5 * MINUTES }, async ({ root }) => {
    console.log(`killed: JOURNAL_TEST_SEED=${seed}`)
    const delays = fc.array(fc.nat(40), { minLength: VICTIMS, maxLength: VICTIMS })
    const [milliseconds] = fc.sample(delays, { seed, numRuns: 1 })
    const orders = [
      ...several(2, { subject: 'root', entries: share(2) }),
      ...several(VICTIMS, { subject: 'root', entries: Infinity }),
    ]
    const writers = await race(root, orders, async (running) => {
      for (const [index, delay] of milliseconds.entries()) {
        await sleep(delay)
        running[2 + index].kill()
      }
    })

    const survivors = writers.slice(0, 2)
    const victims = writers.slice(2)
    for (const victim of victims) expect(victim.isDone).toBe(false) // killed at work
    const sum = account(root, writers)
    tell('killed', sum, survivors)
    expect(survivors.flatMap((writer) => writer.errors)).toEqual([])
    expect(survivors.map((writer) => writer.log.length)).toEqual([share(2), share(2)])
    expect(sum.lost).toEqual([])
    expect(sum.complete).toBe(true)
    expect(sum.unasked).toEqual([])
    for (const writer of survivors) expect(writer.longestMs).toBeLessThan(AT_ONCE_MS)

    // A private name of the dead may be left; it goes once it is old.
    const long = new Date(Date.now() - 31_000)
    for (const name of sum.leftovers) fs.utimesSync(path.join(journalDir(root), name), long, long)
    await race(root, [{ name: 'afterwards', subject: 'root', entries: 1 }]) // a process's first write sweeps
    expect(account(root, writers).leftovers).toEqual([])
  })
})

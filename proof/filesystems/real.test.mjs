// On a real file system that a program serves: each call by itself, and several native writers beside one JS writer.
// `npm run filesystems` runs this on such a one.

import fc from 'fast-check'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { account, toldBy } from '../../testkit/account.mjs'
import { stopInside } from '../../testkit/holder.mjs'
import { original, ours } from '../../testkit/subjects.mjs'
import { HEADER, journalOf, lockOf, test } from '../../testkit/workspace.mjs'
import { FIRST_STAMP, pauseMs, race, startWriter } from '../../testkit/writers.mjs'
import { buryTheDead } from './dead.mjs'

const batch = Array.from({ length: 600 }, (_, number) => `src/directory/of/entry/${number}.ts`)

/** One call after the other on one journal. Without a stamp it appends only. */
const calls = [
  { name: 'a header', stamp: FIRST_STAMP, entries: [] },
  { name: 'an append', entries: ['appended'] },
  { name: 'a stamp that changes low digits', stamp: FIRST_STAMP + 7, entries: ['low'] },
  { name: 'a stamp that changes high digits', stamp: FIRST_STAMP + 987_654_321, entries: ['high'] },
  { name: 'an append of 600', entries: batch },
  { name: 'a stamp without entries', stamp: FIRST_STAMP + 987_654_999, entries: [] },
  { name: 'a stamp that goes back', stamp: FIRST_STAMP, entries: ['back'] },
]

function make(journal, root, { name, stamp, entries }) {
  const given = entries.map((file) => ({ file }))
  if (name === 'a header') journal.header(root, stamp)
  else if (stamp === undefined) journal.append(root, given)
  else journal.stamp(root, given, stamp)
}

test.for([original, ours[0]])('$name: each call is in the journal', async (journal, { root }) => {
  let timestamp
  const changed = []
  for (const call of calls) {
    const { name, stamp = timestamp, entries } = call
    const begun = performance.now()
    try {
      make(journal, root, call)
    } catch (error) {
      expect.soft(error, `${name}, after ${(performance.now() - begun).toFixed(0)} ms`).toBeUndefined()
      continue
    }
    timestamp = stamp
    changed.push(...entries)
    expect.soft(journal.read(root), name).toEqual({ valid: true, timestamp, changed, removed: [] })
    const lines = [`${HEADER}${timestamp}`, ...changed].map((line) => `${line}\n`)
    expect.soft(fs.readFileSync(journalOf(root), 'utf8'), name).toBe(lines.join(''))
  }
})

/** Where every write waits 100 ms, whoever comes back at once is always the first: the pause is longer there. */
const isSlow = pauseMs > 0
const order = { pauseMs: isSlow ? pauseMs : 20 }
const entries = isSlow ? 25 : 150
const VICTIMS = 4
const seed = Number(process.env.JOURNAL_TEST_SEED ?? Date.now() % 2 ** 31)

test('native writers beside one JS writer, and native writers die', async ({ root }) => {
  const [delays] = fc.sample(fc.array(fc.nat(400), { minLength: VICTIMS, maxLength: VICTIMS }), { seed, numRuns: 1 })
  const survivors = ['root', 'root', 'original'].map((subject, n) => ({ ...order, name: `s${n}`, subject, entries }))
  const victims = delays.map((_, n) => ({ ...order, name: `v${n}`, subject: 'root' }))
  let buried
  const writers = await race(root, [...survivors, ...victims], async (running) => {
    const isOver = () => running.slice(0, survivors.length).every(({ isDone }) => isDone)
    const burying = buryTheDead(root, isOver)
    for (const [n, victim] of running.slice(survivors.length).entries()) {
      await sleep(100 + delays[n])
      if (n % 2 === 0) await stopInside(root, victim) // so that some die where that matters
      victim.kill()
    }
    buried = await burying
  })
  const sum = account(root, writers)
  tell(sum, writers, `${buried} died inside, JOURNAL_TEST_SEED=${seed}`)
  expect.soft(writers.slice(0, survivors.length).flatMap(({ errors }) => errors)).toEqual([])
  expect.soft(sum).toMatchObject({ lost: [], unasked: [], complete: true })
  expect.soft(sum.leftovers.filter((name) => !/\.lock\..*\.tmp$/.test(name))).toEqual([])
  expect(buried).toBeGreaterThan(0)
})

// What the native writers of the test above must not do. A JS writer is stopped while it has the lock, and the lock is stolen. It then continues as if it had
// the lock, and puts back an old copy of the journal. When it is stopped, it has not always read that copy yet, so this is tried up to 50 times.
test('control: a JS writer whose lock was stolen drops what another one wrote', async ({ root }) => {
  const order = { name: 'stopped', subject: 'original', stampEvery: 1 }
  const writer = await startWriter(root, order)
  const added = []
  const calls = async (count) => {
    while (toldBy(root, order).calls < count) await sleep(2)
  }
  try {
    writer.write()
    await calls(1)
    do {
      await stopInside(root, writer)
      fs.rmSync(lockOf(root))
      const file = `added/${added.length}.ts`
      original.append(root, [{ file }])
      added.push(file)
      const before = toldBy(root, order).calls
      writer.kill('SIGCONT')
      await calls(before + 2)
    } while (added.length < 50 && original.read(root).changed.includes(added.at(-1)))
  } finally {
    writer.kill()
    await writer.ended
  }
  const told = { ...order, ...toldBy(root, order) }
  const sum = account(root, [told, { log: added }])
  tell(sum, [told], `control, ${added.length} times stolen from`)
  expect(sum.lost).not.toEqual([])
})

function tell({ acknowledged, lost, turns }, writers, what) {
  const longest = Math.max(...writers.map(({ longestMs }) => longestMs))
  console.log(
    `${acknowledged} acknowledged, ${lost.length} lost, ${turns} turns, longest call ${longest.toFixed(0)} ms; ${what}`,
  )
}

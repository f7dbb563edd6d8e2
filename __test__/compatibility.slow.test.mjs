// Today's package and one of an earlier commit write one journal: PROTOCOL.md says what holds between versions.
//
// JOURNAL_TEST_SEED repeats who is killed when.

import fc from 'fast-check'
import { setTimeout as sleep } from 'node:timers/promises'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { beforeAll, describe, expect } from 'vitest'
import { account } from '../testkit/account.mjs'
import { buildEarlier, earlierPackage } from '../testkit/earlier.mjs'
import { load, original, ours } from '../testkit/subjects.mjs'
import { journalDir, lockOf, test } from '../testkit/workspace.mjs'
import { race } from '../testkit/writers.mjs'

const require = createRequire(import.meta.url)
const seed = Number(process.env.JOURNAL_TEST_SEED ?? Date.now() % 2 ** 31)
const NOW = 1_700_000_000_000
const today = ours[0]
let earlier

beforeAll(async () => {
  buildEarlier()
  earlier = await load('earlier')
}, 300_000)

describe('with the package of an earlier commit', () => {
  test('it is another binary', () => {
    const loaded = Object.keys(require.cache).filter((name) => name.endsWith('.node'))
    const theirs = loaded.find((name) => path.dirname(name) === earlierPackage)
    expect(theirs).toBeDefined()
    expect(today.api.Journal).not.toBe(earlier.api.Journal)
    const todays = path.join(import.meta.dirname, '..', path.basename(theirs))
    expect(fs.readFileSync(theirs).equals(fs.readFileSync(todays))).toBe(false)
  })

  const KILLED = ['root', 'earlier', 'root', 'earlier']
  test('no entry is lost, though writers of both are killed', { timeout: 180_000 }, async ({ root }) => {
    const delays = fc.sample(fc.integer({ min: 5, max: 150 }), { seed, numRuns: 48 })
    console.log(`again with JOURNAL_TEST_SEED=${seed}`)
    const told = []
    for (let round = 0; round < 12; round++) {
      const orders = KILLED.map((subject, index) => ({ subject, name: `r${round}w${index}`, stampEvery: 3 }))
      const kill = async (writers) => {
        for (const [index, writer] of writers.entries()) {
          await sleep(delays[4 * round + index])
          writer.kill()
        }
      }
      told.push(...(await race(root, orders, kill)))
    }
    // What the last one has left behind is taken over at once, by either.
    const begun = performance.now()
    earlier.append(root, [{ file: 'end/0' }])
    today.append(root, [{ file: 'end/1' }])
    expect(performance.now() - begun).toBeLessThan(2000)

    const sum = account(root, [...told, { log: ['end/0', 'end/1'] }])
    const writers = (subject) => told.filter((writer) => writer.subject === subject)
    for (const subject of ['root', 'earlier'])
      expect(writers(subject).flatMap(({ log }) => log).length).toBeGreaterThan(100)
    expect(told.flatMap(({ errors }) => errors)).toEqual([])
    expect(sum.lost).toEqual([])
    expect(sum.unasked).toEqual([])
    expect(sum.complete).toBe(true)
    expect(sum.turns).toBeGreaterThan(10)
    expect(fs.existsSync(lockOf(root))).toBe(false)
  })

  test('each takes over what a killed one of the other has left', { timeout: 60_000 }, async ({ root }) => {
    for (const [victim, next] of [
      ['earlier', today],
      ['root', earlier],
    ]) {
      let taken = 0
      for (let tries = 0; tries < 200 && taken < 3; tries++) {
        const kill = async ([writer]) => {
          await sleep(20 + (tries % 7))
          writer.kill()
        }
        await race(root, [{ subject: victim, name: `${victim}${tries}` }], kill)
        if (!fs.existsSync(lockOf(root))) continue
        const begun = performance.now()
        next.append(root, [{ file: `next/${tries}` }])
        expect(performance.now() - begun).toBeLessThan(1000)
        taken++
      }
      expect(taken).toBe(3)
    }
  })

  test('each makes a checkpoint of what the other has read', ({ root }) => {
    const journalOf = ({ api }) => new api.Journal(journalDir(root))
    for (const [reader, ender] of [
      [earlier, today],
      [today, earlier],
    ]) {
      today.stamp(root, [{ file: 'a' }], NOW)
      earlier.stamp(root, [{ file: 'b' }], NOW + 1)
      const theirs = journalOf(reader)
      const position = theirs.mark ? theirs.mark() : theirs.readToPosition().position // as the earlier one calls it
      expect(reader.read(root).changed).toEqual(['a', 'b'])
      reader.append(root, [{ file: 'c' }])
      ender.append(root, [{ file: 'd', deleted: true }])
      expect(journalOf(ender).checkpoint(position, NOW + 2)).toBe(true)
      for (const { read } of [today, earlier, original])
        expect(read(root)).toEqual({ valid: true, timestamp: NOW + 2, changed: ['c'], removed: ['d'] })
      ender.header(root, NOW)
    }
  })
})

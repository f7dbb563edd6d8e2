// Positions and checkpoints: what came before the mark is dropped, and nothing else, whatever others do between the two.
//
// JOURNAL_TEST_SEED repeats the random sequences.

import fc from 'fast-check'
import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { Journal, failure, thrown } from '../testkit/async.mjs'
import { stageLockfile } from '../testkit/holder.mjs'
import { all, original, ours } from '../testkit/subjects.mjs'
import { HEADER, journalOf, test, tree, writeJournal } from '../testkit/workspace.mjs'
import { race } from '../testkit/writers.mjs'

const BEFORE = 1_600_000_000_000
const NOW = 1_700_000_000_000
const sync = ours[0]
const entries = (...files) => files.map((file) => ({ file }))
const changed = (root) => original.read(root).changed
const long = 'x'.repeat(5000) // longer than a page

/** What others do between a mark behind `a`, `b` and its checkpoint; then whether it fits, and what is left. */
const meanwhile = {
  nothing: [() => {}, true, []],
  'native appends': [(root) => sync.append(root, entries('c', 'd')), true, ['c', 'd']],
  'native stamps in place': [(root) => sync.stamp(root, entries('c'), BEFORE + 1), true, ['c']],
  "native stamps over a page's end": [(root) => sync.stamp(root, entries(long), BEFORE + 1), true, [long]],
  'a native stamp of another width, which replaces the journal': [
    (root) => sync.stamp(root, entries('c'), 5),
    true,
    ['c'],
  ],
  'JS appends': [(root) => original.append(root, entries('c')), true, ['c']],
  'JS stamps': [(root) => original.stamp(root, entries('c'), BEFORE + 1), true, ['c']],
  'JS and native stamps by turns': [
    (root) => {
      for (const [index, journal] of [original, sync, original, sync].entries())
        journal.stamp(root, entries(`c${index}`), BEFORE + index)
    },
    true,
    ['c0', 'c1', 'c2', 'c3'],
  ],
  'the same entries once more': [(root) => sync.append(root, entries('b', 'a')), true, ['b', 'a']],
  'a removal of one of them': [(root) => sync.append(root, [{ file: 'a', deleted: true }]), true, [], ['a']],
  'a torn last line': [(root) => fs.appendFileSync(journalOf(root), 'torn'), true, ['torn']],
  'further marks': [
    (root) => {
      for (const file of ['c', 'd']) {
        sync.append(root, entries(file))
        Journal.forRoot(root).mark()
      }
    },
    true,
    ['c', 'd'],
  ],
  'a native reset': [(root) => sync.header(root, BEFORE + 1), false, []],
  'a JS reset': [(root) => original.header(root, BEFORE + 1), false, []],
  'a native reset, and the same entries once more': [
    (root) => {
      sync.header(root, BEFORE)
      sync.append(root, entries('a', 'b'))
    },
    false,
    ['a', 'b'],
  ],
  'a JS reset, and the same entries once more': [
    (root) => {
      original.header(root, BEFORE)
      original.append(root, entries('a', 'b'))
    },
    false,
    ['a', 'b'],
  ],
  'another checkpoint at the same position, and more': [
    (root) => {
      const journal = Journal.forRoot(root)
      journal.checkpoint(journal.mark(), BEFORE)
      journal.append(entries('c'))
    },
    false,
    ['c'],
  ],
  'a checkpoint at a later position': [
    (root) => {
      const journal = Journal.forRoot(root)
      journal.append(entries('c'))
      const position = journal.mark()
      journal.append(entries('d'))
      journal.checkpoint(position, BEFORE)
    },
    false,
    ['d'],
  ],
  'a journal of somebody else in its place': [
    (root) => writeJournal(root, `${HEADER}${BEFORE}\na\nb\n`),
    false,
    ['a', 'b'],
  ],
  'a file that is no journal in its place': [(root) => writeJournal(root, 'a\nb\n'), false, ['b']],
  'a removal of the journal': [(root) => fs.unlinkSync(journalOf(root)), false, []],
}

function place(root) {
  sync.header(root, BEFORE)
  sync.append(root, entries('a', 'b'))
  return Journal.forRoot(root)
}

describe.each(['checkpoint', 'checkpointAsync'])('%s, across', (method) => {
  test.for(Object.entries(meanwhile))('%s', async ([, [others, fitted, left, removed = []]], { root }) => {
    const journal = place(root)
    const position = journal.mark()
    expect(journal.read()).toEqual({ valid: true, timestamp: BEFORE, changed: ['a', 'b'], removed: [] })
    others(root)
    expect(await journal[method](position, NOW)).toBe(fitted)
    const expected = { valid: true, timestamp: NOW, changed: left, removed }
    for (const reader of all) expect(reader.read(root)).toEqual(expected)
    expect(await journal[method](position, NOW + 1)).toBe(false) // once is enough
    expect(original.read(root)).toEqual({ ...expected, timestamp: NOW + 1 })
  })
})

describe('a position', () => {
  test('is a comment line, which no reader sees and every writer keeps', ({ root }) => {
    const journal = place(root)
    const before = all.map((reader) => reader.read(root))
    const position = journal.mark()
    expect(tree(root)['.codegraph/changes.journal']).toBe(`${HEADER}${BEFORE}\na\nb\n# position ${position}\n`)
    expect(all.map((reader) => reader.read(root))).toEqual(before)
    original.stamp(root, entries('c'), NOW)
    sync.stamp(root, entries(long), NOW)
    expect(fs.readFileSync(journalOf(root), 'utf8')).toContain(`\n# position ${position}\n`)
  })

  test('is the same for all readers until something comes', async ({ root }) => {
    const journal = place(root)
    const position = journal.mark()
    const content = tree(root)
    expect(await journal.markAsync()).toBe(position)
    expect(Journal.forRoot(root).mark()).toBe(position)
    expect(tree(root)).toEqual(content)
    sync.append(root, entries('c'))
    expect(journal.mark()).not.toBe(position)
  })

  test('is null where nothing can be dropped, and nothing is written', async ({ root }) => {
    const journal = Journal.forRoot(root)
    const untouched = async (expected) => {
      const before = tree(root)
      expect(journal.read()).toEqual(expected)
      expect([journal.mark(), await journal.markAsync()]).toEqual([null, null])
      expect(tree(root)).toEqual(before)
    }
    await untouched({ valid: false }) // missing
    sync.append(root, entries('a'))
    await untouched({ valid: false }) // never stamped
    writeJournal(root, 'no journal\n')
    await untouched({ valid: false })
    sync.header(root, 5)
    await untouched({ valid: true, timestamp: 5, changed: [], removed: [] })
    fs.rmSync(journalOf(root))
    fs.mkdirSync(journalOf(root))
    await untouched({ valid: false })
  })

  test('that is null drops nothing', ({ root }) => {
    const journal = place(root)
    expect(journal.checkpoint(null, NOW)).toBe(true)
    expect(original.read(root)).toEqual({ valid: true, timestamp: NOW, changed: ['a', 'b'], removed: [] })
  })

  test('is for any process, and any path to the journal', ({ root }) => {
    const position = place(root).mark()
    sync.append(root, entries('c'))
    expect(new Journal(`${root}/.codegraph`).checkpoint(position, NOW)).toBe(true)
    expect(changed(root)).toEqual(['c'])
  })
})

describe('a mark that can not be written throws', () => {
  async function expectFailure(journal, error) {
    expect(thrown(() => journal.mark())).toMatchObject(error)
    expect(await failure(journal.markAsync())).toMatchObject(error)
  }

  test.skipIf(process.platform === 'win32')('for others hold the lock', async ({ root }) => {
    place(root)
    stageLockfile(root, process.pid)
    const before = tree(root)
    const journal = Journal.forRoot(root, { lockTimeoutMs: 50 })
    await expectFailure(journal, { code: 'ERR_JOURNAL_LOCK_TIMEOUT' })
    expect(tree(root)).toEqual(before)
  })

  // root may write to whatever has no write permission, so the journal is a link: that is read, and not written to.
  test.skipIf(process.platform === 'win32')('for the journal can not be written to', async ({ root }) => {
    const journal = place(root)
    fs.renameSync(journalOf(root), `${root}/elsewhere`)
    fs.symlinkSync(`${root}/elsewhere`, journalOf(root))
    const before = tree(root)
    await expectFailure(journal, { code: 'ELOOP' })
    expect(tree(root)).toEqual(before)
  })
})

// What codegraph's build does, beside its watcher: nothing is dropped that no build has read.
describe('builds beside writers', () => {
  const BUILDS = 100
  const COUNT = 2000

  /** Builds, one after another, until the writers are done: what they have read, all of them together. */
  async function build(root, begin, end) {
    const seen = new Set()
    let builds = 0
    sync.header(root, BEFORE)
    const orders = [
      { subject: 'root', entries: COUNT / 2, pauseMs: 1 },
      // On Windows its stamp is not written, without an error, while a reader has the journal open.
      { subject: 'original', entries: COUNT / 2, pauseMs: 1, stampEvery: process.platform === 'win32' ? 0 : 2 },
    ]
    const writers = await race(root, orders, async (running) => {
      while (running.some(({ isDone }) => !isDone)) {
        const position = begin(seen)
        await new Promise((resolve) => setTimeout(resolve, 5)) // what the build is for
        await end(position, ++builds)
      }
    })
    begin(seen)
    const acknowledged = writers.flatMap(({ log }) => log)
    expect(writers.flatMap(({ errors }) => errors)).toEqual([])
    expect(acknowledged.length).toBe(COUNT)
    const unread = acknowledged.filter((entry) => !seen.has(entry))
    return { builds, unread: unread.length }
  }

  test('with checkpoints every entry is read', { timeout: 120_000 }, async ({ root }) => {
    const journal = Journal.forRoot(root)
    let dropped = 0
    const { builds, unread } = await build(
      root,
      (seen) => {
        const position = journal.mark()
        for (const file of journal.read().changed) seen.add(file)
        return position
      },
      async (position, number) => {
        if (await journal.checkpointAsync(position, NOW + number)) dropped++
      },
    )
    console.log(`${builds} builds with checkpoints, ${dropped} of which fitted: ${unread} of ${COUNT} entries unread`)
    expect(unread).toBe(0)
    expect(dropped).toBe(builds)
    expect(builds).toBeGreaterThan(BUILDS / 10)
  })

  test('control: with resets many are not', { timeout: 120_000 }, async ({ root }) => {
    const { builds, unread } = await build(
      root,
      (seen) => {
        for (const file of sync.read(root).changed ?? []) seen.add(file)
      },
      (_, number) => sync.header(root, NOW + number),
    )
    console.log(`${builds} builds with resets: ${unread} of ${COUNT} entries unread`)
    expect(unread).toBeGreaterThan(0)
  })
})

test('any sequence: a checkpoint drops what was read at its position, and nothing else', ({ root }) => {
  const seed = Number(process.env.JOURNAL_TEST_SEED ?? Date.now() % 2 ** 31)
  console.log(`sequences: JOURNAL_TEST_SEED=${seed}`)
  const file = fc.constantFrom('a', 'b', 'c', 'd', long)
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('append', 'stamp'), file, by: fc.constantFrom(original, ...ours) }),
    fc.record({ do: fc.constant('reset'), by: fc.constantFrom(original, ...ours) }),
    { weight: 2, arbitrary: fc.record({ do: fc.constant('read') }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('checkpoint'), at: fc.nat(5) }) },
  )
  let run = 0
  const sequences = fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
    const place = `${root}/${run++}`
    const journal = Journal.forRoot(place)
    sync.header(place, BEFORE)
    // The model: every line that was written, in order, and how many of them a position stands behind.
    let lines = []
    let first = 0
    const positions = []
    for (const [index, each] of steps.entries()) {
      if (each.do === 'append') each.by.append(place, entries(each.file))
      if (each.do === 'stamp') each.by.stamp(place, entries(each.file), BEFORE + index)
      if (each.do === 'append' || each.do === 'stamp') lines.push(each.file)
      if (each.do === 'reset') {
        each.by.header(place, BEFORE + index)
        first = lines.length
      }
      if (each.do === 'read') {
        const position = journal.mark()
        if (position) positions.push({ position, behind: lines.length })
      }
      if (each.do === 'checkpoint' && positions.length > 0) {
        const { position, behind } = positions[each.at % positions.length]
        const fitted = journal.checkpoint(position, BEFORE + index)
        expect(fitted).toBe(behind > first)
        if (fitted) first = behind
      }
      expect(changed(place)).toEqual([...new Set(lines.slice(first))])
    }
    fs.rmSync(place, { recursive: true })
  })
  fc.assert(sequences, { seed, numRuns: 300 })
})

// A journal that is compacted reads as the same journal would without it, whatever stands in it.
//
// JOURNAL_TEST_SEED repeats the journals.

import fc from 'fast-check'
import fs from 'node:fs'
import { expect } from 'vitest'
import { Journal } from '../testkit/async.mjs'
import { all, original } from '../testkit/subjects.mjs'
import { HEADER, journalOf, test, writeJournal } from '../testkit/workspace.mjs'

const LARGE = 2 ** 20
const NOW = 1_700_000_000_000
const seed = Number(process.env.JOURNAL_TEST_SEED ?? Date.now() % 2 ** 31)

const strange = ['a\r', ' a ', '\ufeffa', 'DELETED  a', 'DELETED ', 'DELETED', '', '#', '# position 0123456789abcdef']
const line = fc.oneof(
  fc.constantFrom('a', 'b', 'DELETED a', 'DELETED b', ...strange).map((text) => Buffer.from(text)),
  fc.nat(999).map((number) => Buffer.from(`src/${number}/${'x'.repeat(number % 300)}`)),
  fc.constantFrom([0xff, 0xfe], [0x61, 0xc3], [0xed, 0xa0, 0x80]).map((bytes) => Buffer.from(bytes)),
)
const body = fc.record({
  lines: fc.array(line, { minLength: 1, maxLength: 30 }),
  isTorn: fc.boolean(),
  method: fc.constantFrom('append', 'appendAndStamp'),
})
const added = [{ file: 'z'.repeat(100) }, { file: 'a' }, { file: 'b', deleted: true }]

/** Those lines over and over, until the next append makes it a large journal. */
function filled({ lines, isTorn }) {
  const round = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))
  const header = Buffer.from(`${HEADER}${NOW}\n`)
  const rounds = Math.floor((LARGE - 1 - header.length) / round.length)
  const rest = Buffer.from('\n'.repeat(LARGE - 1 - header.length - rounds * round.length))
  const journal = Buffer.concat([header, rest, ...Array(rounds).fill(round)])
  return isTorn ? journal.subarray(0, -1) : journal
}

test('readers get the same', { timeout: 120_000 }, ({ root }) => {
  console.log(`compaction: JOURNAL_TEST_SEED=${seed}`)
  const [place, twin] = [`${root}/compacted`, `${root}/plain`]
  let compacted = 0
  fc.assert(
    fc.property(body, ({ method, ...contents }) => {
      const before = filled(contents)
      writeJournal(place, before)
      writeJournal(twin, before)
      original.append(twin, [])
      original.append(twin, added)
      Journal.forRoot(place)[method](added, NOW)
      if (fs.statSync(journalOf(place)).size < before.length / 2) compacted++
      const expected = original.read(twin)
      for (const reader of all) expect(reader.read(place)).toEqual(expected)
    }),
    { seed, numRuns: 50 },
  )
  expect(compacted).toBe(50)
})

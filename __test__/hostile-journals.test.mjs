// Journals of any bytes: read as the original reads them. JOURNAL_TEST_JOURNALS=5000000 reads millions, JOURNAL_TEST_SEED repeats a run.

import { expect, test } from 'vitest'
import { compareReaders } from '../testkit/hostile-journals.mjs'
import { original, ours, readAsOurs } from '../testkit/subjects.mjs'

const JOURNALS = Number(process.env.JOURNAL_TEST_JOURNALS ?? 30_000)
const seed = Number(process.env.JOURNAL_TEST_SEED ?? Date.now() % 2 ** 31)

test('read as by the original', { timeout: 300_000 }, () => {
  const found = compareReaders([ours[0], { read: readAsOurs }], seed, (count) => count === JOURNALS)
  console.log(`${found.count} hostile journals, JOURNAL_TEST_SEED=${seed}`)
  expect(found).toEqual({ count: JOURNALS })
})

test('control: a reader that trims as Rust does is found out', () => {
  const trimming = { read: (root) => withTrimmed(original.read(root)) }
  const found = compareReaders([trimming, original], seed, (count) => count === JOURNALS)
  expect(found).toHaveProperty('number')
})

// U+0085 is white space to Rust, and not to JavaScript.
function withTrimmed(result) {
  return result.valid
    ? { ...result, changed: result.changed.map((name) => name.replace(/^\u0085|\u0085$/g, '')) }
    : result
}

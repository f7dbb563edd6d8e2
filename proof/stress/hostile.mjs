// Journals of any bytes, read by ours and by the original: both must find the same in each.

import { compareReaders } from '../../testkit/hostile-journals.mjs'
import { ours, readAsOurs } from '../../testkit/subjects.mjs'

export const HOSTILE = 'hostile-journals'

/** Reads for `ms` milliseconds. Returns { count, failure }: how many, and in words what was read otherwise, if anything was. */
export function readHostile(seed, ms) {
  const end = performance.now() + ms
  const found = compareReaders([ours[0], { read: readAsOurs }], seed, () => performance.now() >= end)
  if (found.number === undefined) return { count: found.count }
  const { count, number, bytes, ours: read, theirs } = found
  const [what, other] = [read, theirs].map((result) => JSON.stringify(result))
  return {
    count,
    failure: `journal ${number}, ${JSON.stringify(bytes.toString('latin1'))}: ${what}, the original ${other}`,
  }
}

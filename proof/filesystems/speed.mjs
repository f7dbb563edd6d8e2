// `npm run filesystems -- --speed`: how long calls take on each file system, ours and the original's. Figures, no verdict.

import { makeRoot, removeRoot } from '../../testkit/place.mjs'
import { original, ours } from '../../testkit/subjects.mjs'
import { FIRST_STAMP } from '../../testkit/writers.mjs'

const CALLS = 200

/** The median of each, in ms, or the code of an error. */
export function speed(dir) {
  process.env.TMPDIR = dir
  const subjects = { '': ours[0], ', JS': original }
  return Object.fromEntries(
    Object.entries(subjects).flatMap(([mark, journal]) => [
      [`append${mark}`, median((root) => journal.append(root, [{ file: 'a' }]))],
      [`stamp${mark}`, median((root, number) => journal.stamp(root, [{ file: 'a' }], FIRST_STAMP + number))],
    ]),
  )
}

function median(call) {
  const root = makeRoot()
  try {
    const times = Array.from({ length: CALLS }, (_, number) => {
      const begun = performance.now()
      call(root, number)
      return performance.now() - begun
    })
    return `${times.sort((a, b) => a - b)[CALLS / 2].toFixed(2)} ms`
  } catch ({ code }) {
    return code
  } finally {
    removeRoot(root)
  }
}

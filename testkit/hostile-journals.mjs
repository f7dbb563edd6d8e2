// Journals made up fast, from a seed: well-formed ones, nearly well-formed ones and noise, some 30,000 a second. For the reader and
// the header's parser, which have to agree with the original's on any bytes.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { HEADER, journalOf, removeRoot, writeJournal } from './place.mjs'

const utf8 = (text) => Buffer.from(text)

// What JavaScript trims, and what only looks so: U+0085, U+180E, U+200B, U+2060, NUL, U+001C.
const BLANKS = [
  ...'\t\v\f \u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff',
  ...'\u0085\u180e\u200b\u2060\0\x1c',
]
const DIGITS = [
  '0',
  '1',
  '9',
  '5',
  '.',
  'e',
  'E',
  '+',
  '-',
  '_',
  'x',
  'X',
  'o',
  'b',
  'a',
  'F',
  'Infinity',
  'NaN',
  'inf',
  'n',
  '１',
]
const NUMERALS = [
  '0',
  '5',
  '1700000000000',
  '1e12',
  '1.5',
  '0x10',
  '0b11',
  '0o7',
  '-1',
  '1e400',
  '5e-324',
  '9007199254740993',
  '.5',
  '5.',
  '',
]
const NAMES = [
  'a',
  'src/b.ts',
  'a',
  'ä',
  '👩‍👧',
  'DELETED',
  'DELETED x',
  'DELETED  x',
  'DELETED DELETED x',
  '#c',
  ' #c',
  '__proto__',
  'é',
]
const ENDS = ['\n', '\n', '\n', '\r\n', '\r', '\n\n', '']
const BYTES = [
  [0xff],
  [0xc3],
  [0xe2, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xc0, 0x80],
  [0xef, 0xbb, 0xbf],
  [0],
].map(Buffer.from)

/** Numbers from 0 up to a limit, the same for the same seed (xorshift32, of a seed that was mixed first). */
function random(seed) {
  let state = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) | 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

/** The journal of this number in the series of a seed. */
export function hostileJournal(seed, number) {
  const next = random(Math.imul(seed, 0x9e3779b1) + Math.imul(number, 0x85ebca6b))
  const pick = (list) => list[next(list.length)]
  const some = (most, make) => Array.from({ length: next(most + 1) }, make).join('')
  const blanks = () => (next(3) ? '' : some(3, () => pick(BLANKS)))
  const numeral = () => (next(2) ? pick(NUMERALS) : some(8, () => pick(DIGITS)))

  const header = next(8)
    ? HEADER + blanks() + numeral() + blanks()
    : blanks() + pick([HEADER.trimEnd(), '#', '', '# codegraph-journal v2 5'])
  const lines = Array.from({ length: next(8) }, () => blanks() + pick(NAMES) + blanks() + pick(ENDS))
  const parts = [utf8((next(12) ? '' : '\ufeff') + header + pick(ENDS)), ...lines.map(utf8)]
  while (!next(3)) parts.splice(next(parts.length + 1), 0, pick(BYTES))
  const journal = Buffer.concat(parts)
  while (!next(4) && journal.length) journal[next(journal.length)] = next(256)
  return next(10) ? journal : journal.subarray(0, next(journal.length + 1))
}

// In memory where there is such a place: on a disk the writing would take longer than the reading.
const place = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()

/** Reads journal after journal by both readers, until `done(count)`; the first that they differ on, or the number of those read. */
export function compareReaders([reader, original], seed, done) {
  const root = fs.mkdtempSync(path.join(place, 'hostile-journals-'))
  writeJournal(root, '')
  const file = fs.openSync(journalOf(root), 'r+')
  try {
    for (let number = 0; ; number++) {
      if (done(number)) return { count: number }
      const bytes = hostileJournal(seed, number)
      fs.ftruncateSync(file, 0)
      fs.writeSync(file, bytes, 0, bytes.length, 0)
      const [ours, theirs] = [reader.read(root), original.read(root)]
      if (!isDeepStrictEqual(ours, theirs)) return { count: number, number, bytes, ours, theirs }
    }
  } finally {
    fs.closeSync(file)
    removeRoot(root)
  }
}

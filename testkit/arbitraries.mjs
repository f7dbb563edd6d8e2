// What fast-check makes up: entries, timestamps, whole journals, and what others do to them.

import fc from 'fast-check'
import { HEADER } from './workspace.mjs'

const blanks = ['\t', '\v', ' ', '\u00a0', '\u1680', '\u2028', '\u2029', '\u3000', '\ufeff']
const nearlyBlanks = ['\u0085', '\u180e', '\u200b', '\0', '\x1c']
const surrogates = ['\ud800', '\udbff', '\udc00', '\udfff', '\ude00\ud83d']
const words = ['a', 'DELETED', 'DELETED ', '#', '/', '\\', 'é', 'e\u0301', '👩‍👩‍👧', '\r', '\n', '..']

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
  { weight: 3, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.constantFrom(...blanks, ...nearlyBlanks) },
  { weight: 1, arbitrary: fc.constantFrom(...surrogates) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
)

const hostileName = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''))

// Most of these the format can carry: what is hostile about them is inside.
const carriedName = hostileName.map((text) => `x${text.replace(/[\n\r\0]/g, '')}x`)

const name = fc.oneof(
  { weight: 12, arbitrary: fc.stringMatching(/^[a-z]{1,6}(\/[a-z]{1,6}){0,2}\.ts$/) },
  { weight: 12, arbitrary: carriedName },
  { weight: 3, arbitrary: hostileName },
  { weight: 1, arbitrary: fc.constantFrom(...nearlyBlanks, ...surrogates, 'DELETED DELETED x') },
  { weight: 2, arbitrary: fc.constantFrom('', '#x', ' x', 'x\ufeff', 'x\ny', '\nDELETED x', '\n\nx', 'x\r', 'x\0y') },
  { weight: 1, arbitrary: fc.constant('long/'.repeat(15_000) + 'x') },
)

const deleted = fc.constantFrom(undefined, true, false, 1, 0, 'no', '', null, NaN)

export const entries = fc.array(fc.record({ file: name, deleted }), { maxLength: 4 })

export const timestamps = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1_600_000_000_000, max: 1_800_000_000_000 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, 5e-324, 0.1, 1e12, 2 ** 53, 1e21, 1e-7, 1.5e300) },
  { weight: 2, arbitrary: fc.double({ min: 0, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(-1, NaN, Infinity, -Infinity, -5e-324) },
)

// Around a tie between two doubles, with bits far behind it.
const nearTie = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 52 }), fc.nat(200), fc.constantFrom(-1n, 0n, 1n))
  .map(([half, zeros, nudge]) => ((BigInt(half) * 2n + 1n) << BigInt(zeros)) + nudge)

const numerals = fc.oneof(
  nearTie.map(String),
  fc.double().map(String),
  fc.tuple(fc.bigInt(), fc.constantFrom('', 'n', 'e5', '.', '.5')).map((parts) => parts.join('')),
  fc.bigInt({ min: 0n, max: 2n ** 80n }).map((value) => `0x${value.toString(16)}`),
  fc.bigInt({ min: 0n, max: 2n ** 80n }).map((value) => `0b${value.toString(2)}`),
  fc.bigInt({ min: 0n, max: 2n ** 80n }).map((value) => `0O${value.toString(8)}`),
  fc.stringMatching(/^[-+]?[0-9_]{0,25}\.?[0-9]{0,25}([eE][-+]?[0-9]{1,3})?$/),
  fc.stringMatching(/^[-+]?(0[xXbBoO])?[0-9a-fA-F]{0,20}$/),
  fc.constantFrom('inf', 'Infinity', '+Infinity', 'nan', 'NaN', '', '1 2', '5\u0085', '１'),
)

const padding = fc.constantFrom('', '', '', ' ', '  ', '\t', '\r', '\ufeff', '\u00a0')

/** The first line of a journal, right or wrong, without its end. */
const firstLine = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('5', '1600000000000').map((text) => HEADER + text) },
  {
    weight: 8,
    arbitrary: fc.tuple(padding, numerals, padding).map((parts) => HEADER + parts.join('')),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', '#', HEADER, HEADER.trimEnd(), 'x', '# codegraph-journal v2 5'),
  },
  { weight: 1, arbitrary: hostileName },
)

const line = fc.oneof(
  name,
  name.map((text) => `DELETED ${text}`),
  fc.constantFrom('', ' ', '#c'),
)

const bytes = fc.uint8Array({ maxLength: 6 }).map((array) => Buffer.from(array))

/** The content of a journal file: from well-formed to plain noise. */
export const contents = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        fc.constantFrom('', '', '', '', '\ufeff'),
        firstLine,
        fc.constantFrom('\n', '\n', '\n', '\r\n', '\r', ''),
        fc.array(fc.tuple(fc.oneof(line, bytes), fc.constantFrom('\n', '\n', '\n', '\r\n', '')), {
          maxLength: 8,
        }),
      )
      .map((parts) => Buffer.concat(parts.flat(2).map((part) => Buffer.from(part)))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array)) },
)

/** What others do to a journal between two calls: a function of its bytes. Undefined: no file. */
const edits = fc.oneof(
  named('replace', contents, (content) => () => content),
  named('truncate', fc.nat(40), (count) => (was) => was?.subarray(0, Math.max(0, was.length - count))),
  named('tear', fc.oneof(line, bytes), (end) => (was) => was && Buffer.concat([was, Buffer.from(end)])),
  named('new first line', firstLine, (text) => (was) => {
    if (!was) return undefined
    const rest = was.includes('\n') ? was.subarray(was.indexOf('\n')) : Buffer.alloc(0)
    return Buffer.concat([Buffer.from(text), rest])
  }),
  named('to CRLF', fc.constant(), () => (was) => {
    return was && Buffer.from(was.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
  }),
  named('empty', fc.constant(), () => () => Buffer.alloc(0)),
  named('remove', fc.constant(), () => () => undefined),
)

// Prints as its name and argument when a run is reported.
function named(title, argument, make) {
  return argument.map((value) => {
    const shown = `${title} ${fc.stringify(value)}`
    return { edit: Object.assign(make(value), { [fc.toStringMethod]: () => shown }) }
  })
}

/** One step of a sequence: a call of one of the functions, or an edit. */
export const steps = fc.oneof(
  { weight: 3, arbitrary: fc.record({ method: fc.constant('append'), args: fc.tuple(entries) }) },
  {
    weight: 4,
    arbitrary: fc.record({ method: fc.constant('stamp'), args: fc.tuple(entries, timestamps) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ method: fc.constant('header'), args: fc.tuple(timestamps) }),
  },
  { weight: 1, arbitrary: fc.record({ method: fc.constant('read'), args: fc.constant([]) }) },
  { weight: 3, arbitrary: edits },
)

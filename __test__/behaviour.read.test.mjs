// What readers see. Every spec holds for the original and for both of our entry points.

import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { inChild } from '../testkit/in-child.mjs'
import { all } from '../testkit/subjects.mjs'
import { HEADER, journalDir, journalOf, test, tree, writeJournal } from '../testkit/workspace.mjs'

const NOBODY = 65534

const valid = (timestamp, changed = [], removed = []) => ({
  valid: true,
  timestamp,
  changed,
  removed,
})
const INVALID = { valid: false }

// The text after the header's prefix, and the timestamp it means.
const timestamps = [
  ['1700000000000', 1700000000000],
  ['1e12', 1e12],
  ['1E+3', 1000],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['5.', 5],
  ['+5', 5],
  ['00012', 12],
  ['1e-7', 1e-7],
  ['5e-324', 5e-324],
  ['1.7976931348623157e308', Number.MAX_VALUE],
  ['9007199254740993', 9007199254740992],
  // A digit far behind a tie breaks that.
  [`9007199254740993.${'0'.repeat(30)}1`, 9007199254740994],
  ['0.1000000000000000055511151231257827', 0.1],
  [' 5 ', 5],
  ['\t5\u00a0\r', 5],
  ['\ufeff5\u2028\u3000', 5],
]

const noTimestamps = [
  ...['', ' ', '0', '-0', '-5', `0x${'f'.repeat(257)}`, '0.0', '0x0', '1e-400', '1e400', '0x', '0b2', '0o8', '0x1p3'],
  ...['-0x10', '+0x10', '1 2', '5n', '1e', 'e5', '.', '1,000', '１２', 'x', '5\0'],
  ...['inf', 'Infinity', '+Infinity', '-Infinity', 'NaN', 'nan', '1_000'],
  ...['5\u0085', '5\u180e', '5\u200b', '\u00855'],
]

const bodies = {
  'no entries': ['', []],
  'in first-seen order': ['b\na\nc\n', ['b', 'a', 'c']],
  'a last line without newline': ['a\nb', ['a', 'b']],
  'changed and removed apart': ['a\nDELETED b\nc\nDELETED d\n', ['a', 'c'], ['b', 'd']],
  'each list without duplicates': ['a\nDELETED a\na\nb\nDELETED a\n', ['a', 'b'], ['a']],
  'blank lines and comments skipped': ['\n  \n\t\n#a\n # b\n##\na\n', ['a']],
  'a second header is a comment': [`a\n${HEADER}9\nb\n`, ['a', 'b']],
  'CRLF lines': ['a\r\nDELETED b\r\n\r\nc\r\n', ['a', 'c'], ['b']],
  'a lone CR inside a line stays': ['a\rb\n', ['a\rb']],
  'lines trimmed as JavaScript trims': [
    '\ufeffa\n\u00a0b\u3000\n\t\v\f c\u2029\n\u1680d\u205f\n',
    ['a', 'b', 'c', 'd'],
  ],
  'what JavaScript does not trim': ['\u0085a\u0085\n\u180eb\n\u200bc\n', ['\u0085a\u0085', '\u180eb', '\u200bc']],
  'a line of BOM and blanks only is blank': ['\ufeff\u2003\na\n', ['a']],
  'a line of U+0085 is a name': ['\u0085\n', ['\u0085']],
  'DELETED stripped once': ['DELETED DELETED x\n', [], ['DELETED x']],
  'DELETED without a second trim': ['DELETED  x\nDELETED \u00a0y\n', [], [' x', '\u00a0y']],
  'a comment sign after DELETED is a name': ['DELETED #x\n', [], ['#x']],
  'DELETED alone is a changed file': ['DELETED\nDELETED \n', ['DELETED']],
  'DELETED wants its blank and its case': [
    'DELETEDx\ndeleted y\nDELETED\u00a0z\n',
    ['DELETEDx', 'deleted y', 'DELETED\u00a0z'],
  ],
  'indented DELETED': ['  DELETED x\n', [], ['x']],
  'names that objects have': [
    '__proto__\nconstructor\n__proto__\nDELETED toString\n',
    ['__proto__', 'constructor'],
    ['toString'],
  ],
  unicode: ['ü/日本/👩‍👩‍👧.ts\n', ['ü/日本/👩‍👩‍👧.ts']],
  'names that differ in normal form only': ['\u00e9\ne\u0301\n', ['\u00e9', 'e\u0301']],
  'line separators inside a name': ['a\u2028b\u2029c\n', ['a\u2028b\u2029c']],
}

// Bytes that are no UTF-8, as Node decodes them.
const invalidUtf8 = [
  ['ff', ['\ufffd']],
  ['61ff62', ['a\ufffdb']],
  ['c3', ['\ufffd']],
  ['e282', ['\ufffd']],
  ['e28261', ['\ufffda']],
  ['c080', ['\ufffd\ufffd']],
  ['eda080', ['\ufffd\ufffd\ufffd']],
  ['f09f92', ['\ufffd']],
  ['f09f9261', ['\ufffda']],
  ['f4908080', ['\ufffd\ufffd\ufffd\ufffd']],
  ['ff0afe0a', ['\ufffd']],
]

const badFirstLines = {
  'an empty file': '',
  'only a newline': '\n',
  'no header': 'a\nb\n',
  'an empty first line': `\n${HEADER}5\na\n`,
  'a header cut short': '# codegraph-journal v1',
  'no blank before the timestamp': '# codegraph-journal v15\n',
  'a tab for the blank': '# codegraph-journal v1\t5\n',
  'another version': '# codegraph-journal v2 5\n',
  'another case': '# Codegraph-journal v1 5\n',
  'a leading blank': ` ${HEADER}5\n`,
  'a leading BOM': `\ufeff${HEADER}5\na\n`,
  'a CR for the newline': `${HEADER}5\ra\r`,
  'the header in UTF-16': Buffer.from(`${HEADER}5\n`, 'utf16le'),
  'invalid UTF-8 in the timestamp': Buffer.from(`${HEADER}5\xff\n`, 'latin1'),
}

describe.each(all)('reading, $name', (journal) => {
  /** Reads twice what is there, which must change nothing, down to keys and their order. */
  function expectRead(root, expected) {
    const before = tree(root)
    const result = journal.read(root)
    expect(result).toStrictEqual(expected)
    expect(Object.keys(result)).toEqual(Object.keys(expected))
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype)
    expect(journal.read(root)).toStrictEqual(expected)
    expect(tree(root)).toEqual(before)
  }

  test.for(timestamps)('header %j is %d', ([header, timestamp], { root }) => {
    writeJournal(root, `${HEADER}${header}\na\n`)
    expectRead(root, valid(timestamp, ['a']))
  })

  test.for(noTimestamps)('header %j is invalid', (header, { root }) => {
    writeJournal(root, `${HEADER}${header}\na\n`)
    expectRead(root, INVALID)
  })

  test('a header without newline', ({ root }) => {
    writeJournal(root, `${HEADER}5`)
    expectRead(root, valid(5))
  })

  test('a header ended by CRLF', ({ root }) => {
    writeJournal(root, `${HEADER}5\r\na\r\n`)
    expectRead(root, valid(5, ['a']))
  })

  test.for(Object.entries(badFirstLines))('invalid: %s', ([, content], { root }) => {
    writeJournal(root, content)
    expectRead(root, INVALID)
  })

  test.for(Object.entries(bodies))('%s', ([, [body, changed, removed]], { root }) => {
    writeJournal(root, `${HEADER}5\n${body}`)
    expectRead(root, valid(5, changed, removed))
  })

  test.for(invalidUtf8)('invalid UTF-8 %s', ([hex, changed], { root }) => {
    writeJournal(root, Buffer.concat([Buffer.from(`${HEADER}5\n`), Buffer.from(hex, 'hex')]))
    expectRead(root, valid(5, changed))
  })

  test('a large journal', ({ root }) => {
    const names = Array.from({ length: 100_000 }, (_, index) => `src/file-${index}.ts`)
    writeJournal(root, `${HEADER}5\n${names.join('\n')}\n`)
    expect(journal.read(root)).toStrictEqual(valid(5, names))
  })

  // Some are handed over in pieces, cut where a line ends.
  test.for([
    ['of 60 KiB and some bytes', 3 * 1024, 20],
    ['of 200 KiB', 10 * 1024, 20],
    ['of 1 MiB', 1 << 16, 16],
    ['of lines as long as a piece', 3, 60 << 10],
    ['of one line', 1, 2 << 20],
  ])('lists %s', ([, count, length], { root }) => {
    for (const letter of ['a', 'ä', '字']) {
      const names = Array.from({ length: count + 2 }, (_, index) => `${index}`.padEnd(length - 1, letter))
      const removed = names.map((name) => `r${name}`)
      const lines = [...names.slice(0, -1), ...removed.map((name) => `DELETED ${name}`), names.at(-1)]
      writeJournal(root, `${HEADER}5\n${lines.join('\n')}\n`)
      expect(journal.read(root)).toStrictEqual(valid(5, names, removed))
    }
  })

  test('no journal, no directory, no root', ({ root }) => {
    expectRead(root, INVALID)
    fs.mkdirSync(journalDir(root))
    expectRead(root, INVALID)
    expect(journal.read(`${root}/missing`)).toStrictEqual(INVALID)
    expect(fs.existsSync(`${root}/missing`)).toBe(false)
  })

  test('a directory in place of the journal', ({ root }) => {
    fs.mkdirSync(journalOf(root), { recursive: true })
    expectRead(root, INVALID)
  })

  test('a file in place of the directory', ({ root }) => {
    fs.writeFileSync(journalDir(root), 'a file')
    expectRead(root, INVALID)
  })

  test('a journal behind a symbolic link', ({ root }) => {
    fs.mkdirSync(journalDir(root))
    fs.writeFileSync(`${root}/elsewhere`, `${HEADER}5\na\n`)
    fs.symlinkSync(`${root}/elsewhere`, journalOf(root))
    expectRead(root, valid(5, ['a']))
  })

  test('a path that no file can have', ({ root }) => {
    expect(journal.read(`${root}/a\0b`)).toStrictEqual(INVALID)
    expect(journal.read(`${root}/${'x'.repeat(5000)}`)).toStrictEqual(INVALID)
  })

  test.skipIf(process.platform === 'win32')('a journal of somebody else', async ({ root }) => {
    writeJournal(root, `${HEADER}5\na\n`)
    fs.chmodSync(root, 0o755)
    fs.chmodSync(journalOf(root), 0)
    // Root reads everything: somebody else must try. Anybody but root can try by himself.
    const uid = process.getuid() === 0 ? NOBODY : undefined
    const { value } = await inChild(journal.name, 'read', [root], { uid })
    expect(value).toStrictEqual(INVALID)
  })

  test.for([[undefined], [null], [5], [{}], [[]], [Symbol('root')], [Buffer.from('x')]])(
    'a directory that is no string: %o',
    ([argument]) => {
      expect(() => journal.api.readJournal(argument)).toThrowError(
        expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }),
      )
    },
  )
})

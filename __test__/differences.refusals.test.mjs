// What ours refuses before it touches anything, where the original writes it, or fails half way.

import { describe, expect } from 'vitest'
import { original, ours } from './helpers/subjects.mjs'
import { HEADER, onlyJournal, test, tree, writeJournal } from './helpers/workspace.mjs'

const BLANKS =
  '\t\v\f \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a' +
  '\u2028\u2029\u202f\u205f\u3000\ufeff'

// What the original's reader makes of each name, once the original has written it.
const misread = [
  ['a line feed', { file: 'a\nb' }, { changed: ['a', 'b'] }],
  ['a line feed at the end', { file: 'a\n' }, { changed: ['a'] }],
  ['a carriage return at the end', { file: 'a\r' }, { changed: ['a'] }],
  ['a removal hidden in a name', { file: 'a\nDELETED b' }, { changed: ['a'], removed: ['b'] }],
  ['a leading #', { file: '#a' }, {}],
  ['a leading DELETED', { file: 'DELETED a' }, { removed: ['a'] }],
  ['an empty name', { file: '' }, {}],
  ['an empty removed name', { file: '', deleted: true }, { changed: ['DELETED'] }],
  ['nothing but blanks', { file: ' \t' }, {}],
  ['a trailing blank on a removed name', { file: 'a ', deleted: true }, { removed: ['a'] }],
  ['no string but a number', { file: 5 }, { changed: ['5'] }],
  ['no string but null', { file: null }, {}],
  ['no file at all', {}, {}],
  ['no file at all, removed', { deleted: true }, { removed: ['undefined'] }],
  ['a String object', { file: new String('a') }, { changed: ['a'] }],
  ['an array', { file: ['a', 'b'] }, { changed: ['a,b'] }],
  ...[...BLANKS].flatMap((blank) => {
    const code = `U+${blank.codePointAt(0).toString(16).padStart(4, '0')}`
    return [
      [`${code} before a name`, { file: `${blank}a` }, { changed: ['a'] }],
      [`${code} after a name`, { file: `a${blank}` }, { changed: ['a'] }],
    ]
  }),
]

// Names that the original's own reader gives back, and that others, or C, would not.
const refusedToo = [
  ['a NUL', { file: 'a\0b' }],
  ['a NUL in a removed name', { file: 'a\0', deleted: true }],
  ['a carriage return inside', { file: 'a\rb' }],
  ['a line feed in a removed name', { file: 'a\nb', deleted: true }],
  ['a leading blank on a removed name', { file: ' a', deleted: true }],
  ['a leading # on a removed name', { file: '#a', deleted: true }],
]

const noObjects = [undefined, null, 5, 'a', true, Symbol('a'), 5n, () => 'a']

// A bad timestamp, and what the original's header then says.
const badTimestamps = [
  [-1, '-1'],
  [-5e-324, '-5e-324'],
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [-Infinity, '-Infinity'],
  [undefined, 'undefined'],
  [null, 'null'],
  ['5', '5'],
  [5n, '5'],
  [true, 'true'],
  [{}, '[object Object]'],
  [[5], '5'],
  [new Number(5), '5'],
]

describe.each(ours)('refused, $name', (journal) => {
  /** Both ways to write entries, on nothing and on a journal: an error, and nothing is touched. */
  function expectRefused(root, entries, error) {
    for (const before of [undefined, `${HEADER}5\ntorn`]) {
      if (before !== undefined) writeJournal(root, before)
      const untouched = tree(root)
      expect(() => journal.append(root, entries)).toThrowError(error)
      expect(() => journal.stamp(root, entries, 7)).toThrowError(error)
      expect(tree(root)).toEqual(untouched)
    }
  }

  function invalidEntry(index) {
    return expect.objectContaining({
      code: 'ERR_JOURNAL_INVALID_ENTRY',
      index,
      reason: expect.stringMatching(/./),
      message: expect.stringContaining(`${index}`),
    })
  }

  test.for(misread)('%s, which the original misreads', ([, entry, lists], { root }) => {
    original.stamp(`${root}/js`, [entry], 5)
    expect(original.read(`${root}/js`)).toStrictEqual({
      valid: true,
      timestamp: 5,
      changed: lists.changed ?? [],
      removed: lists.removed ?? [],
    })
    expectRefused(root, [entry], invalidEntry(0))
  })

  test.for(refusedToo)('%s', ([, entry], { root }) => {
    expectRefused(root, [entry], invalidEntry(0))
  })

  test.for(noObjects.map((entry) => [entry]))('an entry that is %s', ([entry], { root }) => {
    expectRefused(root, [{ file: 'a' }, entry], invalidEntry(1))
  })

  test('a hole in the array', ({ root }) => {
    expectRefused(root, [{ file: 'a' }, , { file: 'b' }], invalidEntry(1))
  })

  test('the whole batch, and the first bad entry is named', ({ root }) => {
    const entries = Array.from({ length: 100 }, (_, index) => ({ file: `f${index}` }))
    entries[57] = { file: '#first' }
    entries[80] = { file: '' }
    expectRefused(root, entries, invalidEntry(57))
  })

  test('message and reason say what is wrong', ({ root }) => {
    const refusal = (entry) => {
      try {
        journal.append(root, [entry])
      } catch (error) {
        return error
      }
      throw new Error('not refused')
    }
    const bad = [{ file: '' }, { file: 'a\n' }, { file: ' a' }, { file: '#a' }, { file: 'DELETED a' }, { file: 5 }]
    const errors = bad.map(refusal)
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error)
      expect(error.message).toContain(error.reason)
    }
    expect(new Set(errors.map((error) => error.reason)).size).toBe(bad.length)
  })

  test('an error of the caller is passed on as it is', ({ root }) => {
    const thrown = new RangeError('mine')
    const entry = {
      get file() {
        throw thrown
      },
    }
    for (const write of [() => journal.append(root, [entry]), () => journal.stamp(root, [{ file: 'a' }, entry], 5)]) {
      let caught
      try {
        write()
      } catch (error) {
        caught = error
      }
      expect(caught).toBe(thrown)
    }
    expect(tree(root)).toEqual({})
  })

  test.for(badTimestamps)('timestamp %s', ([timestamp, printed], { root }) => {
    original.header(`${root}/js`, timestamp)
    expect(tree(`${root}/js`)).toEqual(onlyJournal(`${HEADER}${printed}\n`))

    const error = expect.objectContaining({ code: 'ERR_JOURNAL_INVALID_TIMESTAMP' })
    for (const before of [undefined, `${HEADER}5\ntorn`]) {
      if (before !== undefined) writeJournal(root, before)
      const untouched = tree(root)
      expect(() => journal.header(root, timestamp)).toThrowError(error)
      expect(() => journal.stamp(root, [{ file: 'a' }], timestamp)).toThrowError(error)
      expect(() => journal.stamp(root, [], timestamp)).toThrowError(error)
      expect(tree(root)).toEqual(untouched)
    }
  })

  test('a missing timestamp', ({ root }) => {
    const error = expect.objectContaining({ code: 'ERR_JOURNAL_INVALID_TIMESTAMP' })
    expect(() => journal.header(root)).toThrowError(error)
    expect(() => journal.stamp(root, [])).toThrowError(error)
    expect(tree(root)).toEqual({})
  })
})

describe.each(ours)('wrong types, $name', (journal) => {
  const wrongType = (message) =>
    expect.objectContaining({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: expect.stringContaining(message),
    })
  const directory = journal.name === 'dir' ? 'journalDir' : 'rootDir'

  // As Node's own errors say it, but for the value itself.
  test.for([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'type number'],
    [true, 'type boolean'],
    [{}, ''],
    [[], ''],
    [Buffer.from('x'), ''],
  ])('a directory that is %o', ([argument, received]) => {
    const { api } = journal
    for (const call of [
      () => api.appendJournalEntries(argument, []),
      () => api.appendJournalEntriesAndStampHeader(argument, [], 5),
      () => api.writeJournalHeader(argument, 5),
      () => api.readJournal(argument),
    ]) {
      const message = `The "${directory}" argument must be of type string. Received ${received}`
      expect(call).toThrowError(wrongType(message))
    }
  })

  // The original takes the lock and writes the header first, then finds that it can't `map` them.
  test.for([[undefined], [null], [5], ['ab'], [{ length: 0 }], [new Set()], [new Uint8Array(1)]])(
    'entries that are %o',
    ([entries], { root }) => {
      for (const write of [() => journal.append(root, entries), () => journal.stamp(root, entries, 5)]) {
        expect(write).toThrowError(wrongType('"entries"'))
      }
      expect(tree(root)).toEqual({})
    },
  )

  test('a directory with a NUL, as Node refuses it', ({ root }) => {
    const error = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
    for (const { append, stamp, header } of [original, journal]) {
      expect(() => append(`${root}/a\0b`, [])).toThrowError(error)
      expect(() => stamp(`${root}/a\0b`, [], 5)).toThrowError(error)
      expect(() => header(`${root}/a\0b`, 5)).toThrowError(error)
    }
    expect(tree(root)).toEqual({})
  })
})

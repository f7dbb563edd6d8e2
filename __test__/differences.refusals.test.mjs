// What ours refuses before it touches anything, where the original writes it, or fails half way.

import fs from 'node:fs'
import path from 'node:path'
import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import { expectMisread, expectRefused, functions, handles } from '../testkit/refused.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import { HEADER, lockOf, onlyJournal, test, tree, writeJournal } from '../testkit/workspace.mjs'

const noObjects = [
  undefined,
  null,
  5,
  'a',
  'a text of 29 characters or so',
  true,
  Symbol('a'),
  5n,
  () => 'a',
  path.join,
]

// What the original's reader makes of each that is no string, once the original has written it.
const noStrings = [
  ['a number', { file: 5 }, { changed: ['5'] }],
  ['null', { file: null }, {}],
  ['no file at all', {}, {}],
  ['no file at all, removed', { deleted: true }, { removed: ['undefined'] }],
  ['a String object', { file: new String('a') }, { changed: ['a'] }],
  ['an array', { file: ['a', 'b'] }, { changed: ['a,b'] }],
]

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

test.for(noObjects.map((entry) => [entry]))('the original, given an entry that is %s', ([entry], { root }) => {
  const write = () => original.append(root, [{ file: 'a' }, entry])
  if (entry === undefined || entry === null) expect(write).toThrowError(TypeError)
  else write()
  expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\n${entry === undefined || entry === null ? '' : 'a\n\n'}`))
})

describe.each([...functions, ...handles])('no string, no object: $name', (journal) => {
  const invalidType = (what, value) => ({
    class: 'TypeError',
    code: 'ERR_INVALID_ARG_TYPE',
    message: `The ${what}. Received ${inspect(value, { depth: -1 })}`,
  })

  test.for(noObjects.map((entry) => [entry]))('an entry that is %s', async ([entry], { root }) => {
    const error = invalidType('"entries[1]" argument must be of type object', entry)
    await expectRefused(journal, root, [{ file: 'a' }, entry], error)
  })

  test('a hole in the array', async ({ root }) => {
    const error = invalidType('"entries[1]" argument must be of type object', undefined)
    await expectRefused(journal, root, [{ file: 'a' }, , { file: 'b' }], error)
  })

  test.for(noStrings)('a file that is %s, which the original writes', async ([, entry, lists], { root }) => {
    expectMisread(`${root}/js`, entry, lists)
    const error = invalidType('"entries[2].file" property must be of type string', entry.file)
    await expectRefused(journal, `${root}`, [{ file: 'a' }, { file: '#b' }, entry], error)
  })

  test.for([[Symbol('a')], [Object.create(null)], [{}], [new Date()], [10n ** 40n], [new (class {})()]])(
    'a file that is %o',
    async ([file], { root }) => {
      const error = invalidType('"entries[0].file" property must be of type string', file)
      await expectRefused(journal, root, [{ file }], error)
    },
  )

  test('far behind in a long batch', async ({ root }) => {
    const entries = Array.from({ length: 10_000 }, (_, index) => ({ file: `f${index}` }))
    entries[9_000] = { file: 5 }
    const error = invalidType('"entries[9000].file" property must be of type string', 5)
    await expectRefused(journal, root, entries, error)
  })
})

describe.each(ours)('refused, $name', (journal) => {
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

  test('an entry is read before the lock is taken, where the original holds it', ({ root }) => {
    const isLocked = ({ append, stamp }) => {
      const seen = []
      const entry = {
        get file() {
          seen.push(fs.existsSync(lockOf(root)))
          return 'a'
        },
      }
      append(root, [entry])
      stamp(root, [entry], 5)
      return seen
    }
    expect(isLocked(original)).toEqual([true, true])
    expect(isLocked(journal)).toEqual([false, false])
  })

  test.for(badTimestamps)('timestamp %s', ([timestamp, printed], { root }) => {
    original.header(`${root}/js`, timestamp)
    expect(tree(`${root}/js`)).toEqual(onlyJournal(`${HEADER}${printed}\n`))

    const code = typeof timestamp === 'number' ? 'ERR_JOURNAL_INVALID_TIMESTAMP' : 'ERR_INVALID_ARG_TYPE'
    const error = expect.objectContaining({ code })
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
    const error = expect.objectContaining({
      code: 'ERR_INVALID_ARG_TYPE',
      message: 'The "timestamp" argument must be of type number. Received undefined',
    })
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
    [5, '5'],
    [true, 'true'],
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

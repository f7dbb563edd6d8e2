// Names that no reader would get back: the functions leave such entries out of a batch, of which the original writes all. The class
// refuses the batch.

import { beforeAll, describe, expect } from 'vitest'
import { expectMisread, expectRefused, failureOf, functions, handles, warnings } from '../testkit/refused.mjs'
import { original, ours, tellLacks } from '../testkit/subjects.mjs'
import { HEADER, onlyJournal, test, tree } from '../testkit/workspace.mjs'

beforeAll(tellLacks)

const BLANKS =
  '\t\v\f \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a' +
  '\u2028\u2029\u202f\u205f\u3000\ufeff'

// What the original's reader makes of each name, once the original has written it.
const misread = [
  ['a line feed', { file: 'a\nb' }, { changed: ['a', 'b'] }],
  ['a line feed at the end', { file: 'a\n' }, { changed: ['a'] }],
  ['a line feed in front', { file: '\na' }, { changed: ['a'] }],
  ['a carriage return at the end', { file: 'a\r' }, { changed: ['a'] }],
  ['a removal hidden in a name', { file: 'a\nDELETED b' }, { changed: ['a'], removed: ['b'] }],
  ['a leading #', { file: '#a' }, {}],
  ['a leading DELETED', { file: 'DELETED a' }, { removed: ['a'] }],
  ['an empty name', { file: '' }, {}],
  ['an empty removed name', { file: '', deleted: true }, { changed: ['DELETED'] }],
  ['nothing but blanks', { file: ' \t' }, {}],
  ['a trailing blank on a removed name', { file: 'a ', deleted: true }, { removed: ['a'] }],
  ...[...BLANKS].flatMap((blank) => {
    const code = `U+${blank.codePointAt(0).toString(16).padStart(4, '0')}`
    return [
      [`${code} before a name`, { file: `${blank}a` }, { changed: ['a'] }],
      [`${code} after a name`, { file: `a${blank}` }, { changed: ['a'] }],
    ]
  }),
]

// Names that the original's own reader gives back, and that others, or C, would not.
const leftOutToo = [
  ['a NUL', { file: 'a\0b' }],
  ['a NUL in a removed name', { file: 'a\0', deleted: true }],
  ['a carriage return inside', { file: 'a\rb' }],
  ['a line feed in a removed name', { file: 'a\nb', deleted: true }],
  ['a leading blank on a removed name', { file: ' a', deleted: true }],
  ['a leading # on a removed name', { file: '#a', deleted: true }],
]

/** The warning of one entry, but for its reason. */
const leftOut = (index) => ({
  name: 'JournalWarning',
  code: 'ERR_JOURNAL_INVALID_ENTRY',
  message: expect.stringMatching(new RegExp(`^Left out: entries\\[${index}\\] can't be journaled: .+: .+$`)),
})

/** A text that Rust has quoted. */
const unquoted = (text) =>
  JSON.parse(text.replaceAll('\\0', '\\u{0}').replace(/\\u\{(\w+)\}/g, (_, hex) => `\\u${hex.padStart(4, '0')}`))

describe.each(functions)('left out, $name', (journal) => {
  const [before, after] = [{ file: 'before' }, { file: 'after', deleted: true }]
  const lines = 'before\nDELETED after\n'

  test.for(misread)('%s, which the original misreads', async ([, entry, lists], { root }) => {
    expectMisread(`${root}/js`, entry, lists)
    await expectLeftOut(`${root}/ours`, entry)
  })

  test.for(leftOutToo)('%s', async ([, entry], { root }) => {
    await expectLeftOut(root, entry)
  })

  async function expectLeftOut(root, entry) {
    const batch = [before, entry, after]
    const given = warnings()
    await journal.append(`${root}/a`, batch)
    expect(tree(`${root}/a`)).toEqual(onlyJournal(`${HEADER}0\n${lines}`))
    await journal.stamp(`${root}/a`, batch, 1700000000000)
    expect(tree(`${root}/a`)).toEqual(onlyJournal(`${HEADER}1700000000000\n${lines}${lines}`))
    expect(given).toEqual([leftOut(1), leftOut(1)])
    for (const { message } of given) {
      const [, quoted] = /: ("[^]*")$/.exec(message)
      expect(unquoted(quoted)).toBe(entry.file)
    }

    // Nothing else in the batch: as with no entries, which the original is the control for.
    for (const { append, stamp } of [journal, original]) {
      const entries = append === original.append ? [] : [entry]
      const place = `${root}/${entries.length}`
      await append(place, entries)
      expect(tree(place)).toEqual(onlyJournal(`${HEADER}0\n\n`))
      await stamp(place, entries, 1700000000000)
      expect(tree(place)).toEqual(onlyJournal(`${HEADER}1700000000000\n\n`))
    }
    expect(given.slice(2)).toEqual([leftOut(0), leftOut(0)])
  }

  // As codegraph's watcher calls it: the original keeps the other entries, and so do ours.
  test('of a batch that the original writes whole, nothing but the odd names', async ({ root }) => {
    const batch = [{ file: 'a.ts' }, { file: ' b.ts' }, { file: '#c.ts' }, { file: 'd.ts' }]
    const result = { valid: true, timestamp: 1700000000005, removed: [] }
    original.stamp(`${root}/js`, batch, 1700000000005)
    expect(original.read(`${root}/js`)).toEqual({ ...result, changed: ['a.ts', 'b.ts', 'd.ts'] })

    const given = warnings()
    await journal.stamp(root, batch, 1700000000005)
    expect(original.read(root)).toEqual({ ...result, changed: ['a.ts', 'd.ts'] })
    expect(given.map(({ message }) => message)).toEqual([
      `Left out: entries[1] can't be journaled: its file name begins or ends with white space: " b.ts"; ` +
        `entries[2] can't be journaled: its file name begins with '#', which marks a comment: "#c.ts"`,
    ])
  })

  test('a long name is cut in the warning', async ({ root }) => {
    const given = warnings()
    await journal.append(root, [{ file: `#${'ä'.repeat(200)}` }])
    expect(given[0].message).toMatch(/: "#ä{79}"…$/)
  })

  test.for([
    [10, ''],
    [11, '; and 1 more'],
    [10_000, '; and 9990 more'],
  ])('%d names: one warning, which names ten at most', async ([count, more], { root }) => {
    const odd = Array.from({ length: count }, (_, index) => ({ file: index % 2 ? `#${index}` : `a\n${index}` }))
    const given = warnings()
    await journal.stamp(root, [...odd, before], 5)
    expect(given).toEqual([leftOut(0)])
    const [{ message }] = given
    expect(message.match(/entries\[\d+\] can't be journaled: /g)).toHaveLength(10)
    expect(message.endsWith(`: "#9"${more}`)).toBe(true)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}5\nbefore\n`))
  })

  test('and the warning comes during the call', async ({ root }) => {
    const given = warnings()
    const done = journal.stamp(root, [before, { file: '#a' }], 5)
    expect(given).toHaveLength(1)
    await done
    expect(given).toHaveLength(1)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}5\nbefore\n`))
  })

  // The lines of each call are encoded into the same memory.
  test.for([['#b'], ['b\nc']])('though whoever hears of it writes too: %j', async ([file], { root }) => {
    warnings(() => ours[0].append(`${root}/log`, [{ file: 'x'.repeat(100) }]))
    await journal.stamp(root, [before, { file: '#a' }, { file }, after], 5)
    expect(original.read(root)).toMatchObject({ changed: ['before'], removed: ['after'] })
  })

  test('though whoever hears of it throws', async ({ root }) => {
    warnings(() => {
      throw new Error('no')
    })
    await journal.stamp(root, [before, { file: '#a' }], 5)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}5\nbefore\n`))
  })

  test('but without a warning if the call is refused', async ({ root }) => {
    const given = warnings()
    const odd = { file: '#a' }
    expect(await failureOf(() => journal.stamp(root, [odd], NaN))).toMatchObject({
      code: 'ERR_JOURNAL_INVALID_TIMESTAMP',
    })
    expect(await failureOf(() => journal.append(root, [odd, null]))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
    expect([given, tree(root)]).toEqual([[], {}])
  })

  test.for([['a'], ['#a'], ['a\nb'], ['DELETED a']])('each field is read once: %j', async ([file], { root }) => {
    const read = []
    const entry = {
      get file() {
        read.push('file')
        return file
      },
      get deleted() {
        read.push('deleted')
        return false
      },
    }
    warnings()
    await journal.append(root, [before, entry])
    expect(read).toEqual(['file', 'deleted'])
  })
})

describe.each(handles)('refused, $name', (journal) => {
  const invalidEntry = (index, file) => ({
    code: 'ERR_JOURNAL_INVALID_ENTRY',
    name: 'Error',
    index,
    file,
    reason: expect.stringMatching(/./),
    message: expect.stringMatching(new RegExp(`^entries\\[${index}\\] can't be journaled: .*"…?$`)),
  })

  test.for([...misread, ...leftOutToo])('%s', async ([, entry], { root }) => {
    const given = warnings()
    const batch = [{ file: 'a' }, entry, { file: 'b' }, { file: '' }]
    await expectRefused(journal, root, batch, invalidEntry(1, entry.file))
    expect(given).toEqual([])
  })

  test('the whole batch, and the first bad entry is named', async ({ root }) => {
    const entries = Array.from({ length: 100 }, (_, index) => ({ file: `f${index}` }))
    entries[57] = { file: '#first' }
    entries[80] = { file: '' }
    await expectRefused(journal, root, entries, invalidEntry(57, '#first'))
  })

  test('a long name: whole in the error, cut in its message', async ({ root }) => {
    const file = `DELETED ${'x'.repeat(10_000)}`
    await expectRefused(journal, root, [{ file }], invalidEntry(0, file))
    const { message } = await failureOf(() => journal.append(root, [{ file }]))
    expect(message).toMatch(/: "DELETED x{72}"…$/)
  })

  test('message and reason say what is wrong', async ({ root }) => {
    const bad = ['', 'a\n', ' a', '#a', 'DELETED a']
    const errors = await Promise.all(bad.map((file) => failureOf(() => journal.append(root, [{ file }]))))
    for (const [index, { message, reason }] of errors.entries()) {
      expect(message).toMatch(`entries[0] can't be journaled: ${reason}: "`)
    }
    expect(new Set(errors.map(({ reason }) => reason)).size).toBe(bad.length)
  })
})

// What writers leave on disk. Every spec holds for the original and for both of our entry points.

import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { all } from '../testkit/subjects.mjs'
import { HEADER, journalDir, journalOf, lockOf, onlyJournal, test, tree, writeJournal } from '../testkit/workspace.mjs'

const a = { file: 'a' }
const b = { file: 'b' }
const gone = { file: 'gone', deleted: true }
const NOW = 1700000000000

// Each line: what is there (undefined: not even the directory), the calls, what is there then.
const append = {
  'to nothing, under the placeholder header': [undefined, [a, gone], `${HEADER}0\na\nDELETED gone\n`],
  'to a journal': [`${HEADER}5\nx\n`, [a, b], `${HEADER}5\nx\na\nb\n`],
  'the same entry again': [`${HEADER}5\na\n`, [a, a], `${HEADER}5\na\na\na\n`],
  'under an odd header': ['no header\nx\n', [a], 'no header\nx\na\n'],
  'to a CRLF journal': [`${HEADER}5\r\nx\r\n`, [a], `${HEADER}5\r\nx\r\na\n`],
  'no entries to a journal: a blank line': [`${HEADER}5\nx\n`, [], `${HEADER}5\nx\n\n`],
  'no entries to nothing: a blank line': [undefined, [], `${HEADER}0\n\n`],
}

const stamp = {
  'on nothing': [undefined, [a, gone], NOW, `${HEADER}${NOW}\na\nDELETED gone\n`],
  'on nothing, with no entries': [undefined, [], NOW, `${HEADER}${NOW}\n`],
  'on an empty file': ['', [a], NOW, `${HEADER}${NOW}\na\n`],
  'no entries: only stamps': [`${HEADER}1600000000000\nx\n`, [], NOW, `${HEADER}${NOW}\nx\n`],
  'same width': [`${HEADER}1600000000000\nx\n`, [a], NOW, `${HEADER}${NOW}\nx\na\n`],
  'wider than before': [`${HEADER}0\nx\n`, [a], NOW, `${HEADER}${NOW}\nx\na\n`],
  'narrower than before': [`${HEADER}${NOW}\nx\n`, [a], 7, `${HEADER}7\nx\na\n`],
  'an earlier time': [`${HEADER}${NOW}\nx\n`, [a], NOW - 1, `${HEADER}${NOW - 1}\nx\na\n`],
  'a header in hexadecimal, same width': [`${HEADER}0x10\nx\n`, [], 1700, `${HEADER}1700\nx\n`],
  'a header with blanks, same width': [`${HEADER} 5  \nx\n`, [], 1700, `${HEADER}1700\nx\n`],
  'a header ended by CRLF': [`${HEADER}5\r\nx\r\n`, [a], 7, `${HEADER}7\nx\r\na\n`],
  'a CR that makes up the width': [`${HEADER}5\r\nx\n`, [a], 17, `${HEADER}17\nx\na\n`],
  'a first line that is no header': ['x\ny\n', [a], 7, `${HEADER}7\ny\na\n`],
  'an empty first line': ['\nx\n', [a], 7, `${HEADER}7\nx\na\n`],
  'another version of the same width': ['# codegraph-journal v2 5\nx\n', [], 7, `${HEADER}7\nx\n`],
  'a header behind a BOM': [`\ufeff${HEADER}5\nx\n`, [], 7, `${HEADER}7\nx\n`],
  'a first line without newline': ['x', [a], 7, `${HEADER}7\na\n`],
  'a header without newline': [`${HEADER}5`, [a], 7, `${HEADER}7\na\n`],
  'a header without newline, no entries': [`${HEADER}5`, [], 7, `${HEADER}7\n`],
  'a torn last line': [`${HEADER}5\nx\nto`, [a], 7, `${HEADER}7\nx\nto\na\n`],
  'a torn last line, no entries': [`${HEADER}5\nx\nto`, [], 7, `${HEADER}7\nx\nto\n`],
  'a torn last line, another width': [`${HEADER}5\nto`, [a], 17, `${HEADER}17\nto\na\n`],
  'blank lines and comments are kept': [`${HEADER}5\n\n#c\n \n`, [a], 7, `${HEADER}7\n\n#c\n \na\n`],
  'a BOM in the body is kept': [`${HEADER}5\n\ufeffx\n`, [a], 7, `${HEADER}7\n\ufeffx\na\n`],
}

const header = {
  'on nothing': [undefined, NOW, `${HEADER}${NOW}\n`],
  'drops the entries': [`${HEADER}5\nx\ny\n`, NOW, `${HEADER}${NOW}\n`],
  'over anything': ['\0\xff no journal', 5, `${HEADER}5\n`],
}

// A timestamp and the text that `${timestamp}` is.
const timestamps = [
  [0, '0'],
  [-0, '0'],
  [1, '1'],
  [0.1, '0.1'],
  [0.1 + 0.2, '0.30000000000000004'],
  [1700000000000.123, '1700000000000.123'],
  [2 ** 53, '9007199254740992'],
  [2 ** 53 + 2, '9007199254740994'],
  [123456789012345680000, '123456789012345680000'],
  [1e21, '1e+21'],
  [1.5e300, '1.5e+300'],
  [1e-6, '0.000001'],
  [1e-7, '1e-7'],
  [5e-324, '5e-324'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [5e-7, '5e-7'],
  [2 ** 70, '1.1805916207174113e+21'],
]

// File names, and the bytes that UTF-8 makes of them.
const names = [
  ['src/a b.ts', 'src/a b.ts'],
  ['ü/日本/👩‍👩‍👧.ts', 'ü/日本/👩‍👩‍👧.ts'],
  ['e\u0301', 'e\u0301'],
  ['a\ud800b', 'a\ufffdb'],
  ['\udc00', '\ufffd'],
  ['\ude00\ud83d', '\ufffd\ufffd'],
  ['a\u2028b\ufeffc', 'a\u2028b\ufeffc'],
  ['\u0085a\u0085', '\u0085a\u0085'],
  ['a#b', 'a#b'],
  ['DELETED', 'DELETED'],
  ['DELETEDx', 'DELETEDx'],
  ['C:\\x\\y', 'C:\\x\\y'],
  ['\x01\x7f', '\x01\x7f'],
  ['x'.repeat(100_000), 'x'.repeat(100_000)],
]

const truths = [true, 1, -1, 'no', {}, [], Symbol('yes'), 1n, Infinity, () => false]
const falsehoods = [false, undefined, null, 0, -0, 0n, NaN, '']

describe.each(all)('writing, $name', (journal) => {
  function given(root, content) {
    if (content !== undefined) writeJournal(root, content)
  }

  test.for(Object.entries(append))('append %s', ([, [before, entries, after]], { root }) => {
    given(root, before)
    expect(journal.append(root, entries)).toBe(undefined)
    expect(tree(root)).toEqual(onlyJournal(after))
  })

  test.for(Object.entries(stamp))('stamp %s', ([, [before, entries, timestamp, after]], { root }) => {
    given(root, before)
    expect(journal.stamp(root, entries, timestamp)).toBe(undefined)
    expect(tree(root)).toEqual(onlyJournal(after))
  })

  test.for(Object.entries(header))('header %s', ([, [before, timestamp, after]], { root }) => {
    given(root, before)
    expect(journal.header(root, timestamp)).toBe(undefined)
    expect(tree(root)).toEqual(onlyJournal(after))
  })

  test.for(timestamps)('timestamp %d prints as %j', ([timestamp, printed], { root }) => {
    journal.header(root, timestamp)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}${printed}\n`))
    journal.header(root, 5)
    journal.stamp(root, [], timestamp)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}${printed}\n`))
  })

  test.for(names)('file name %j', ([name, written], { root }) => {
    const entries = [{ file: name }, { file: name, deleted: true }]
    const body = `${written}\nDELETED ${written}\n`
    journal.append(root, entries)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\n${body}`))
    journal.stamp(root, entries, 5)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}5\n${body}${body}`))
    expect(journal.read(root)).toStrictEqual({
      valid: true,
      timestamp: 5,
      changed: [written],
      removed: [written],
    })
  })

  test('a removed file whose name looks like a removal', ({ root }) => {
    const removed = ['DELETED x', 'DELETED #x']
    journal.stamp(
      root,
      removed.map((file) => ({ file, deleted: true })),
      5,
    )
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}5\nDELETED DELETED x\nDELETED DELETED #x\n`))
    expect(journal.read(root).removed).toEqual(removed)
  })

  test('`deleted` is tested for truth', ({ root }) => {
    const kept = falsehoods.map((deleted) => ({ file: 'kept', deleted }))
    const dropped = truths.map((deleted) => ({ file: 'dropped', deleted }))
    journal.stamp(root, [...kept, ...dropped], 5)
    const lines = [...kept.map(() => 'kept'), ...dropped.map(() => 'DELETED dropped')]
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}5\n${lines.join('\n')}\n`))
  })

  test('entries are read as JavaScript reads objects', ({ root }) => {
    class Entry {
      get file() {
        return 'getter'
      }
    }
    const entries = [
      new Entry(),
      Object.create({ file: 'inherited', deleted: true }),
      Object.freeze({ file: 'frozen', extra: 1 }),
      Object.assign(Object.create(null), { file: 'bare' }),
      new Proxy({ file: 'proxied' }, {}),
    ]
    journal.append(root, entries)
    const lines = 'getter\nDELETED inherited\nfrozen\nbare\nproxied\n'
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\n${lines}`))
  })

  test('a long sequence of calls', ({ root }) => {
    journal.header(root, NOW)
    const lines = []
    for (let index = 0; index < 300; index++) {
      const deleted = index % 3 === 0
      lines.push(`${deleted ? 'DELETED ' : ''}file-${index}`)
      if (index % 2) journal.append(root, [{ file: `file-${index}`, deleted }])
      else journal.stamp(root, [{ file: `file-${index}`, deleted }], NOW + index)
      // Complete, and the lock let go, when the call returns.
      expect(fs.existsSync(lockOf(root))).toBe(false)
      expect(fs.readFileSync(journalOf(root), 'utf8')).toBe(`${HEADER}${NOW + (index & ~1)}\n${lines.join('\n')}\n`)
    }
  })

  test('a large batch', ({ root }) => {
    const files = Array.from({ length: 20_000 }, (_, index) => `src/file-${index}.ts`)
    journal.append(
      root,
      files.map((file) => ({ file })),
    )
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\n${files.join('\n')}\n`))
  })

  describe.skipIf(process.platform === 'win32')('modes', () => {
    test.for([0o000, 0o022, 0o027, 0o077])('umask %o', (mask, { root }) => {
      const before = process.umask(mask)
      try {
        journal.append(`${root}/appended/deep`, [a])
        journal.stamp(`${root}/stamped`, [a], 5)
        journal.header(`${root}/reset`, 5)
      } finally {
        process.umask(before)
      }
      const mode = (file) => fs.statSync(file).mode & 0o7777
      for (const written of ['appended/deep', 'stamped', 'reset']) {
        expect(mode(`${root}/${written}`)).toBe(0o777 & ~mask)
        expect(mode(journalDir(`${root}/${written}`))).toBe(0o777 & ~mask)
        expect(mode(journalOf(`${root}/${written}`))).toBe(0o666 & ~mask)
      }
      expect(mode(`${root}/appended`)).toBe(0o777 & ~mask)
    })
  })

  test('abandoned temporary names are swept by the first write on a journal, of any kind, others left alone', ({
    root,
  }) => {
    const dir = journalDir(root)
    const long = new Date(Date.now() - 31_000)
    const young = new Date(Date.now() - 20_000)
    const make = (name, time) => {
      fs.writeFileSync(`${dir}/${name}`, '')
      fs.utimesSync(`${dir}/${name}`, time, time)
    }
    const kept = ['changes.journal.lock.x', 'changes.journal.tmp.x', 'x.changes.journal.lock.1.tmp']
    const writers = [() => journal.append(root, [a]), () => journal.stamp(root, [a], 5), () => journal.header(root, 5)]
    for (const write of writers) {
      fs.mkdirSync(dir)
      make('changes.journal.lock.1-0123456789abcdef.tmp', long)
      make('changes.journal.lock..tmp', long)
      make('changes.journal.lock.young.tmp', young)
      for (const name of kept) make(name, long)
      fs.mkdirSync(`${dir}/changes.journal.lock.directory.tmp`)
      fs.utimesSync(`${dir}/changes.journal.lock.directory.tmp`, long, long)
      fs.symlinkSync(`${dir}/${kept[0]}`, `${dir}/changes.journal.lock.link.tmp`)
      fs.lutimesSync(`${dir}/changes.journal.lock.link.tmp`, long, long)

      journal.append(`${root}/another`, [a])
      write()
      expect(Object.keys(tree(dir)).sort()).toEqual(
        [
          ...kept,
          'changes.journal',
          'changes.journal.lock.directory.tmp',
          'changes.journal.lock.link.tmp',
          'changes.journal.lock.young.tmp',
        ].sort(),
      )
      fs.rmSync(dir, { recursive: true })
    }
  })
})

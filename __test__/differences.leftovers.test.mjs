// What stands at the name of the file that the original writes a journal into, before it renames it: left by a writer that was
// killed, or by somebody else.

import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { inChild } from '../testkit/in-child.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import { HEADER, journalOf, lockOf, onlyJournal, test, tree, writeJournal } from '../testkit/workspace.mjs'

const OLD = `${HEADER}1600000000000\nold\n`
const temporaryOf = (root) => `${journalOf(root)}.tmp`
const TEMPORARY = '.codegraph/changes.journal.tmp'

// As codegraph's own unit test stages it, between two writes of one process.
test.for([original, ...ours])(
  'what a killed writer left is swept by the very next write, $name',
  (journal, { root }) => {
    journal.header(root, 1700000000000)
    const [fresh, stale] = ['fresh', 'stale'].map((name) => `${lockOf(root)}.${name}-nonce.tmp`)
    for (const file of [fresh, stale]) fs.writeFileSync(file, 'left over')
    const past = Date.now() / 1000 - 60
    fs.utimesSync(stale, past, past)
    journal.append(root, [{ file: 'src/a.js' }])
    expect([fresh, stale].map((file) => fs.existsSync(file))).toEqual([true, false])
  },
)

// Each writes the journal anew in the original. Ours do so for the first and the last.
const calls = [
  ['header', [1700000000000], `${HEADER}1700000000000\n`],
  ['stamp', [[{ file: 'a' }], 1700000000000], `${HEADER}1700000000000\nold\na\n`],
  ['stamp', [[{ file: 'a' }], 5], `${HEADER}5\nold\na\n`],
]

describe.each(calls)('%s of %j', (method, args, written) => {
  test('a file: the original overwrites it and renames it', ({ root }) => {
    writeJournal(root, OLD)
    fs.writeFileSync(temporaryOf(root), 'left over')
    const { ino } = fs.statSync(temporaryOf(root))
    original[method](root, ...args)
    expect(tree(root)).toEqual(onlyJournal(written))
    expect(fs.statSync(journalOf(root)).ino).toBe(ino)
  })

  test.for(ours)('a file: ours leave it alone, $name', (journal, { root }) => {
    writeJournal(root, OLD)
    fs.writeFileSync(temporaryOf(root), 'left over')
    journal[method](root, ...args)
    expect(tree(root)).toEqual({ ...onlyJournal(written), [TEMPORARY]: 'left over' })
  })

  test('a directory: the original warns, and the journal stays as it was', async ({ root }) => {
    writeJournal(root, OLD)
    fs.mkdirSync(temporaryOf(root))
    const { error, stderr } = await inChild('original', method, [root, ...args])
    expect(error).toBe(undefined)
    expect(stderr).toMatch(/Failed to (write journal header|update journal)/)
    expect(tree(root)).toEqual({ ...onlyJournal(OLD), [TEMPORARY]: '(directory)' })
  })

  test.for(ours)('a directory: ours write, $name', (journal, { root }) => {
    writeJournal(root, OLD)
    fs.mkdirSync(temporaryOf(root))
    journal[method](root, ...args)
    expect(tree(root)).toEqual({ ...onlyJournal(written), [TEMPORARY]: '(directory)' })
  })
})

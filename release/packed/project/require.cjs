// The package in a CommonJS module.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { JOURNAL_FILENAME, appendJournalEntriesAndStampHeader, readJournal } = require('codegraph-journal')
const inDir = require('codegraph-journal/dir')

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-require-'))
try {
  appendJournalEntriesAndStampHeader(root, [{ file: 'a' }], 5)
  assert.equal(readJournal(root).timestamp, 5)
  const dir = path.join(root, '.codegraph')
  assert.deepEqual(inDir.readJournal(dir), readJournal(root))
  const names = fs.readdirSync(dir)
  const isReusable = (name) => /^changes\.journal\.lock\.[0-9a-f]{32}(-[0-9a-f]+){2}\.tmp$/.test(name)
  assert.deepEqual(
    names.filter((name) => !isReusable(name)),
    [JOURNAL_FILENAME],
  )
} finally {
  fs.rmSync(root, { recursive: true })
}
console.log('require: fine')

'use strict'
// The functions, for callers that name a journal by its project's root, and for those that name it by its directory.

const { join } = require('node:path')
const native = require('./native.js')
const { directory } = require('./arguments.js')
const { later } = require('./calls.js')
const { tell } = require('./debug.js')
const { encode } = require('./entries.js')
const { Journal } = require('./journal.js')

const { CODEGRAPH_DIR, handle } = native

/** Those of one dialect, over its native ones. `open` gives the handle of the journal that a caller names. */
function dialect(functions, open) {
  return {
    JOURNAL_FILENAME: functions.JOURNAL_FILENAME,
    Journal,
    appendJournalEntries(dir, entries) {
      tell(functions.appendJournalEntries(dir, entries, encode(entries)))
    },
    appendJournalEntriesAndStampHeader(dir, entries, timestamp) {
      tell(functions.appendJournalEntriesAndStampHeader(dir, entries, timestamp, encode(entries)))
    },
    readJournal(dir) {
      return functions.readJournal(dir)
    },
    writeJournalHeader(dir, timestamp) {
      tell(functions.writeJournalHeader(dir, timestamp))
    },
    async appendJournalEntriesAsync(dir, entries, options) {
      const journal = open(dir)
      await later(journal, handle.append(journal, entries, encode(entries)), options)
    },
    async appendJournalEntriesAndStampHeaderAsync(dir, entries, timestamp, options) {
      const journal = open(dir)
      await later(journal, handle.appendAndStamp(journal, entries, timestamp, encode(entries)), options)
    },
    async writeJournalHeaderAsync(dir, timestamp, options) {
      const journal = open(dir)
      await later(journal, handle.resetOrWarn(journal, timestamp), options)
    },
  }
}

module.exports = {
  root: dialect(native, (rootDir) => handle.open(join(directory('rootDir', rootDir), CODEGRAPH_DIR))),
  dir: dialect(native.dir, (journalDir) => handle.open(directory('journalDir', journalDir))),
}

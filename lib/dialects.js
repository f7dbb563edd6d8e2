'use strict'
// The functions, for callers that name a journal by its project's root, and for those that name it by its directory.

const { join } = require('node:path')
const native = require('./native.js')
const { directory, string } = require('./arguments.js')
const { later } = require('./calls.js')
const { tell } = require('./debug.js')
const { encode } = require('./entries.js')
const { Journal } = require('./journal.js')

const { CODEGRAPH_DIR, handle } = native

/** Those of one dialect, over its native ones. `name` is what it calls the directory, and `place` gives the journal's own directory. */
function dialect(functions, name, place) {
  const open = (dir) => handle.open(place(directory(name, dir)))
  return {
    JOURNAL_FILENAME: functions.JOURNAL_FILENAME,
    Journal,
    appendJournalEntries(dir, entries) {
      tell(functions.appendJournalEntries(string(name, dir), ...encode(entries)))
    },
    appendJournalEntriesAndStampHeader(dir, entries, timestamp) {
      tell(functions.appendJournalEntriesAndStampHeader(string(name, dir), timestamp, ...encode(entries)))
    },
    readJournal(dir) {
      return functions.readJournal(string(name, dir))
    },
    writeJournalHeader(dir, timestamp) {
      tell(functions.writeJournalHeader(string(name, dir), timestamp))
    },
    async appendJournalEntriesAsync(dir, entries, options) {
      const journal = open(dir)
      await later(journal, handle.appendOrWarn(journal, ...encode(entries)), options)
    },
    async appendJournalEntriesAndStampHeaderAsync(dir, entries, timestamp, options) {
      const journal = open(dir)
      await later(journal, handle.appendAndStampOrWarn(journal, timestamp, ...encode(entries)), options)
    },
    async writeJournalHeaderAsync(dir, timestamp, options) {
      const journal = open(dir)
      await later(journal, handle.resetOrWarn(journal, timestamp), options)
    },
  }
}

module.exports = {
  root: dialect(native, 'rootDir', (rootDir) => join(rootDir, CODEGRAPH_DIR)),
  dir: dialect(native.dir, 'journalDir', (journalDir) => journalDir),
}

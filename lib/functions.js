'use strict'
// The functions, for callers that name a journal by its project's root, and for those that name it by its directory.

const { join, resolve } = require('node:path')
const { native, outcome } = require('./native.js')
const { functionOrNothing, milliseconds, path, string } = require('./arguments.js')
const { runAsync, runSync } = require('./calls.js')
const { encode } = require('./entries.js')
const { Journal } = require('./journal.js')
const { setHandler } = require('./warnings.js')

const { CODEGRAPH_DIR, JOURNAL_FILENAME, handle } = native
const LENIENT = true

/** `name` is what the callers call the directory that they pass, and `subdirectory` where in it the journal is. */
function functions(name, subdirectory) {
  const dirOf = (dir) => join(path(name, dir), subdirectory)
  /** Absolute, so that it is the same directory when the call's turn comes. */
  const absoluteDirOf = (dir) => resolve(path(name, dir), subdirectory)
  const open = (dir) => outcome(handle.open(dir))

  return {
    JOURNAL_FILENAME,
    Journal,
    appendJournalEntries(dir, entries) {
      const journalDir = dirOf(dir)
      const lines = encode(entries)
      runSync(() => native.append(journalDir, ...lines))
    },
    appendJournalEntriesAndStampHeader(dir, entries, timestamp) {
      const journalDir = dirOf(dir)
      const lines = encode(entries)
      const stamp = milliseconds('timestamp', timestamp)
      runSync(() => native.appendAndStamp(journalDir, stamp, ...lines))
    },
    readJournal(dir) {
      const journalDir = join(string(name, dir), subdirectory)
      return runSync(() => native.read(journalDir))
    },
    writeJournalHeader(dir, timestamp) {
      const journalDir = dirOf(dir)
      const stamp = milliseconds('timestamp', timestamp)
      runSync(() => native.reset(journalDir, stamp))
    },
    markJournal(dir) {
      const journalDir = dirOf(dir)
      return runSync(() => native.mark(journalDir))
    },
    checkpointJournal(dir, position, timestamp) {
      const journalDir = dirOf(dir)
      const checked = string('position', position)
      const stamp = milliseconds('timestamp', timestamp)
      return runSync(() => native.checkpoint(journalDir, checked, stamp))
    },
    setWarningHandler(handler) {
      setHandler(functionOrNothing('handler', handler))
    },
    async appendJournalEntriesAsync(dir, entries, options) {
      const journalDir = absoluteDirOf(dir)
      await runAsync(journalDir, handle.append(open(journalDir), LENIENT, ...encode(entries)), options)
    },
    async appendJournalEntriesAndStampHeaderAsync(dir, entries, timestamp, options) {
      const journalDir = absoluteDirOf(dir)
      const lines = encode(entries)
      const stamp = milliseconds('timestamp', timestamp)
      await runAsync(journalDir, handle.appendAndStamp(open(journalDir), LENIENT, stamp, ...lines), options)
    },
    async writeJournalHeaderAsync(dir, timestamp, options) {
      const journalDir = absoluteDirOf(dir)
      const stamp = milliseconds('timestamp', timestamp)
      await runAsync(journalDir, handle.reset(open(journalDir), LENIENT, stamp), options)
    },
    async markJournalAsync(dir, options) {
      const journalDir = absoluteDirOf(dir)
      return runAsync(journalDir, handle.mark(open(journalDir)), options)
    },
    async checkpointJournalAsync(dir, position, timestamp, options) {
      const journalDir = absoluteDirOf(dir)
      const checked = string('position', position)
      const stamp = milliseconds('timestamp', timestamp)
      return runAsync(journalDir, handle.checkpoint(open(journalDir), LENIENT, checked, stamp), options)
    },
  }
}

module.exports = { byRoot: functions('rootDir', CODEGRAPH_DIR), byDir: functions('journalDir', '') }

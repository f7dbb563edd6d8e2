'use strict'
// The class `Journal`, and the functions that use it. `index.d.ts` documents them.

const { join, normalize } = require('node:path')
const { inspect } = require('node:util')
const { native, outcome } = require('./native.js')
const { journalOptions, milliseconds, path, position, signalOf, typed } = require('./arguments.js')
const { setHandler, valueOf, warnOfLeftOut } = require('./answers.js')
const { encode } = require('./entries.js')
const { inTurn } = require('./turns.js')

// The "options" of the journals that the functions use. These journals warn where others throw. A relative directory of an asynchronous call is
// resolved now. That of a synchronous call is not, because the JS module never asks for the current directory.
const NOW = {}
const LATER = {}

const NO_ENTRIES = encode([])

/** What each operation of the addon takes: entries, position, timestamp. */
const ARGUMENTS = {
  append: (entries) => [encode(entries)],
  appendAndStamp: (entries, timestamp) => [encode(entries), undefined, milliseconds(timestamp)],
  reset: (timestamp) => [NO_ENTRIES, undefined, milliseconds(timestamp)],
  mark: () => [NO_ENTRIES],
  checkpoint: (marked, timestamp) => [NO_ENTRIES, position(marked), milliseconds(timestamp)],
}

class Journal {
  #handle
  #isLenient

  constructor(journalDir, options) {
    this.#isLenient = options === NOW || options === LATER
    const { lockTimeoutMs, durable } = this.#isLenient ? options : journalOptions(options)
    const dir = normalize(this.#isLenient ? journalDir : path('journalDir', journalDir))
    this.#handle = outcome(native.open(dir, options !== NOW, lockTimeoutMs, durable))
  }

  static forRoot(rootDir, options) {
    return new this(join(path('rootDir', rootDir), native.CODEGRAPH_DIR), options)
  }

  get path() {
    return normalize(outcome(native.path(this.#handle)))
  }

  read() {
    const told = outcome(native.read(this.#handle))
    if (told === null) return { valid: false }
    const [changed, removed, timestamp] = told.split('\0')
    return { valid: true, timestamp: Number(timestamp), changed: linesOf(changed), removed: linesOf(removed) }
  }

  append(entries) {
    this.#now('append', entries)
  }

  appendAndStamp(entries, timestamp) {
    this.#now('appendAndStamp', entries, timestamp)
  }

  reset(timestamp) {
    this.#now('reset', timestamp)
  }

  mark() {
    return this.#now('mark')
  }

  checkpoint(position, timestamp) {
    return this.#now('checkpoint', position, timestamp)
  }

  appendAsync(entries, options) {
    return this.#later(options, 'append', entries)
  }

  appendAndStampAsync(entries, timestamp, options) {
    return this.#later(options, 'appendAndStamp', entries, timestamp)
  }

  resetAsync(timestamp, options) {
    return this.#later(options, 'reset', timestamp)
  }

  markAsync(options) {
    return this.#later(options, 'mark')
  }

  checkpointAsync(position, timestamp, options) {
    return this.#later(options, 'checkpoint', position, timestamp)
  }

  holder() {
    return JSON.parse(outcome(native.getHolder(this.#handle))) ?? undefined
  }

  stats() {
    return JSON.parse(outcome(native.stats(this.#handle)))
  }

  [inspect.custom](depth, options, inspect) {
    return `${this.constructor.name} ${inspect({ path: this.path }, options)}`
  }

  #now(operation, ...args) {
    return valueOf(this.#call(operation, args, false), operation, this)
  }

  async #later(options, operation, ...args) {
    const job = this.#call(operation, args, true)
    if (typeof job === 'string') return valueOf(job, operation, this) // the arguments were refused
    warnOfLeftOut(outcome(native.job.leftOut(job)))
    return inTurn(this, operation, job, signalOf(options))
  }

  #call(operation, args, isLater) {
    const [entries, position, timestamp] = ARGUMENTS[operation](...args)
    return outcome(native.call(this.#handle, operation, this.#isLenient, ...entries, position, timestamp, isLater))
  }
}

/** The lines of a text in which each line ends with a newline. V8 makes them slices of the text. */
const linesOf = (text) => text.split('\n').slice(0, -1)

/**
 * The exports of an entry point. `name` is the name of the directory argument, and `subdirectory` says where in that directory the journal is.
 * When somebody imports names, Node looks for `exports.…` in the text of this file.
 */
function functions(name = 'rootDir', subdirectory = native.CODEGRAPH_DIR, exports = {}) {
  let last // the journal of the last synchronous call: most processes have only one
  function now(dir, checked = path(name, dir)) {
    const journalDir = join(checked, subdirectory)
    if (last?.journalDir !== journalDir) last = { journalDir, journal: new Journal(journalDir, NOW) }
    return last.journal
  }
  const later = (dir) => new Journal(join(path(name, dir), subdirectory), LATER)

  exports.JOURNAL_FILENAME = native.JOURNAL_FILENAME
  exports.Journal = Journal
  exports.appendJournalEntries = (dir, entries) => now(dir).append(entries)
  exports.appendJournalEntriesAndStampHeader = (dir, entries, time) => now(dir).appendAndStamp(entries, time)
  exports.readJournal = (dir) => now(dir, typed('string', name, dir)).read()
  exports.writeJournalHeader = (dir, time) => now(dir).reset(time)
  exports.markJournal = (dir) => now(dir).mark()
  exports.checkpointJournal = (dir, position, time) => now(dir).checkpoint(position, time)
  exports.setWarningHandler = (handler) => setHandler(handler)
  exports.appendJournalEntriesAsync = async (dir, entries, options) => later(dir).appendAsync(entries, options)
  exports.appendJournalEntriesAndStampHeaderAsync = async (dir, entries, time, options) =>
    later(dir).appendAndStampAsync(entries, time, options)
  exports.writeJournalHeaderAsync = async (dir, time, options) => later(dir).resetAsync(time, options)
  exports.markJournalAsync = async (dir, options) => later(dir).markAsync(options)
  exports.checkpointJournalAsync = async (dir, position, time, options) =>
    later(dir).checkpointAsync(position, time, options)
  return exports
}

module.exports = functions

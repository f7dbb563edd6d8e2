'use strict'
// What native code says of a call, as JSON, made into values, errors, warnings and lines of the debug log: of this module's own realm.

const { constants } = require('node:os')
const { debuglog, getSystemErrorMap } = require('node:util')

const { typed } = require('./arguments.js')

const debug = debuglog('codegraph-journal')

/** What a shortfall kept from being done. */
const DOING = { reset: 'write journal header', checkpoint: 'write journal header', mark: 'mark the journal' }

let handler = print

/** Without a handler a warning goes to stderr at once, as codegraph's own do. */
function setHandler(wanted) {
  handler = typed('function', 'handler', wanted ?? print)
}

function print({ message }) {
  process.stderr.write(`[codegraph-journal WARN] ${message}\n`)
}

/** Gives a warning to the handler. What that throws must not make a failure of a write that was acknowledged. */
function warn(code, message) {
  try {
    handler({ name: 'JournalWarning', code, message })
  } catch {
    // The host's own function failed: there is nobody else to warn.
  }
}

const warnOfLeftOut = (leftOut) => leftOut && warn('ERR_JOURNAL_INVALID_ENTRY', leftOut)

/** The value of a call on the journal. */
function valueOf(told, operation, journal) {
  if (told === null) return undefined
  const { value, error, shortfall, leftOut, lacks, ...notes } = JSON.parse(told)
  warnOfLeftOut(leftOut)
  if (error) {
    const failure = errorOf(error)
    if (failure.code === 'ERR_JOURNAL_LOCK_TIMEOUT') debug('%s: timed out: %s', failure.path, failure.message)
    throw failure
  }
  if (shortfall) {
    const { code, message } = errorOf(shortfall)
    warn(code, `Failed to ${DOING[operation]}: ${message}`)
  }
  if (lacks) warn('ERR_JOURNAL_DEGRADED', lacks)
  if (debug.enabled) log(journal.path, notes)
  return value
}

function log(path, { waitedMs, takeovers, takeover, retries, retry, degraded }) {
  if (waitedMs) debug('%s: waited %s ms for the lock', path, waitedMs.toFixed(1))
  if (takeovers) debug('%s: took over the lockfile (%d in all): %s', path, takeovers, takeover)
  if (retries) debug('%s: wrote it again (%d in all): %s', path, retries, retry)
  if (degraded) debug('%s: degraded: %s', path, degraded)
}

/** The error of a call. That of a system call has libuv's number, and gets Node's form, with Node's name and words. */
function errorOf({ message, ...fields }) {
  const { errno, syscall, path, cause } = fields
  if (errno === undefined) return Object.assign(new Error(message), fields)
  // The system's name where Node has none, as for EDQUOT.
  const named = ([, number]) => number === -errno
  const name = Object.entries(constants.errno).find(named)?.[0] ?? 'UNKNOWN'
  const [code, words] = getSystemErrorMap().get(errno) ?? [name, 'unknown error']
  // What Node has no name for, the system has words for.
  const known = code === 'UNKNOWN' ? ` (${cause})` : ''
  return Object.assign(new Error(`${code}: ${words}, ${syscall} '${path}'${known}`), { errno, code, syscall, path })
}

module.exports = { setHandler, valueOf, warnOfLeftOut }

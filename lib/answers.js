'use strict'
// The addon answers each call with JSON. This file turns an answer into a value, an error, warnings and lines of the debug log. JavaScript creates
// them, so that they belong to the caller's realm.

const { constants } = require('node:os')
const { debuglog, getSystemErrorMap } = require('node:util')

const { typed } = require('./arguments.js')

const debug = debuglog('codegraph-journal')

/** What a call could not do, if it only warns. */
const DOING = { reset: 'write journal header', checkpoint: 'write journal header', mark: 'mark the journal' }

let handler = print

/** Without a handler a warning goes to stderr at once, as codegraph's own warnings do. */
function setHandler(wanted) {
  handler = typed('function', 'handler', wanted ?? print)
}

function print({ message }) {
  process.stderr.write(`[codegraph-journal WARN] ${message}\n`)
}

/** Passes a warning to the handler. The write was acknowledged, so an error of the handler must not make the call fail. */
function warn(code, message) {
  try {
    handler({ name: 'JournalWarning', code, message })
  } catch {
    // The host's own function failed, and there is nobody else to warn.
  }
}

const warnOfLeftOut = (leftOut) => leftOut && warn('ERR_JOURNAL_INVALID_ENTRY', leftOut)

/** The value of a call, once its warnings are given. */
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

/** The error of a call. The error of a system call has libuv's number, and gets the form, name and message that Node would give it. */
function errorOf({ message, ...fields }) {
  const { errno, syscall, path, cause } = fields
  if (errno === undefined) return Object.assign(new Error(message), fields)
  // Node has no name for some numbers, such as EDQUOT. The system has.
  const named = ([, number]) => number === -errno
  const name = Object.entries(constants.errno).find(named)?.[0] ?? 'UNKNOWN'
  const [code, words] = getSystemErrorMap().get(errno) ?? [name, 'unknown error']
  // If neither has a name, the system's own words say what happened.
  const known = code === 'UNKNOWN' ? ` (${cause})` : ''
  return Object.assign(new Error(`${code}: ${words}, ${syscall} '${path}'${known}`), { errno, code, syscall, path })
}

module.exports = { setHandler, valueOf, warnOfLeftOut }

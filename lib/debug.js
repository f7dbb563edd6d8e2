'use strict'
// `NODE_DEBUG=codegraph-journal`: what calls had to do besides reading and writing.

const debug = require('node:util').debuglog('codegraph-journal')

function logNotes({ path, waitedMs, takeovers, takeover, redone, redo, degraded, unmarked }) {
  if (!debug.enabled) return
  if (waitedMs > 0) debug('%s: waited %s ms for the lock', path, waitedMs.toFixed(1))
  if (takeovers > 0) debug('%s: took over the lockfile (%d in all): %s', path, takeovers, takeover)
  if (redone > 0) debug('%s: wrote it again (%d in all): %s', path, redone, redo)
  if (degraded) debug('%s: degraded: %s', path, degraded)
  if (unmarked) debug('%s: read without a position: %s', path, unmarked)
}

/** A wait that ended in vain; other errors are their caller's to tell. */
function logFailure({ code, message, path }) {
  if (code === 'ERR_JOURNAL_LOCK_TIMEOUT') debug('%s: waited in vain: %s', path, message)
}

module.exports = { logFailure, logNotes }

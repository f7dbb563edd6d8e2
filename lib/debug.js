'use strict'
// `NODE_DEBUG=codegraph-journal`: what calls had to do besides reading and writing.

const debug = require('node:util').debuglog('codegraph-journal')

/** Tells the notes of a call; there are none if there is nothing to tell. */
function tell(notes) {
  if (!notes || !debug.enabled) return
  const { path, waitedMs, takeovers, takeover, redone, redo, degraded, unmarked } = notes
  if (waitedMs > 0) debug('%s: waited %s ms for the lock', path, waitedMs.toFixed(1))
  if (takeovers > 0) debug('%s: took over the lockfile (%d in all): %s', path, takeovers, takeover)
  if (redone > 0) debug('%s: wrote it again (%d in all): %s', path, redone, redo)
  if (degraded) debug('%s: degraded: %s', path, degraded)
  if (unmarked) debug('%s: read without a position: %s', path, unmarked)
}

module.exports = { tell }

'use strict'
// Where the package's warnings go: to the host's function, or else to `process.emitWarning`.

const { native, outcome } = require('./native.js')

const TYPE = 'JournalWarning'

let handler = emit

function setHandler(wanted) {
  handler = wanted ?? emit
}

function emit({ message, code }) {
  process.emitWarning(message, { type: TYPE, code })
}

/** Gives the warnings to the handler. What it throws must not make a failure of a write that was acknowledged. */
function warn(warnings) {
  for (const { message, code } of warnings) {
    try {
      handler({ name: TYPE, code, message })
    } catch {
      // The host's own function failed: there is nobody left to tell.
    }
  }
}

/** Warns of what a call has left behind that gave no answer. */
function warnOfLeft() {
  warn(outcome(native.takeWarnings()))
}

module.exports = { setHandler, warn, warnOfLeft }

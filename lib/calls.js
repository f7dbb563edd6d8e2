'use strict'
// One call, its arguments checked already: done at once, or in turn on another thread.

const { native, outcome } = require('./native.js')
const { signalOf } = require('./arguments.js')
const { logFailure, logNotes } = require('./debug.js')
const { inTurn } = require('./turns.js')
const { warn, warnOfLeft } = require('./warnings.js')

/** Does what `call` does natively; its value. */
function runSync(call) {
  try {
    return valueOf(outcome(call()))
  } catch (error) {
    warnOfLeft()
    logFailure(error)
    throw error
  }
}

/** Does the job when those before it on the journal in `dir` are done; a promise of its value. */
async function runAsync(dir, job, options) {
  warnOfLeft() // of its entries: it may be long until it is done
  try {
    return valueOf(await inTurn(dir, outcome(job), signalOf(options)))
  } catch (error) {
    logFailure(error)
    throw error
  }
}

function valueOf({ value, notes, warnings }) {
  if (notes) logNotes(notes)
  if (warnings) warn(warnings)
  return value
}

/** Does the job of a call on a {@link Journal} at once. */
const runJob = (job) => runSync(() => native.job.run(outcome(job)))

module.exports = { runAsync, runJob, runSync }

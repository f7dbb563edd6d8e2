'use strict'
// One call on a journal, its arguments checked already: done at once, or in turn on another thread.

const { handle, job } = require('./native.js')
const { signalOf } = require('./arguments.js')
const { tell } = require('./debug.js')
const { inTurn } = require('./queue.js')

function now(work) {
  return told(job.run(work))
}

async function later(journal, work, options) {
  return told(await inTurn(handle.path(journal), work, signalOf(options)))
}

function told({ value, notes }) {
  tell(notes)
  return value
}

module.exports = { now, later }

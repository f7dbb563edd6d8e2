'use strict'
// Asynchronous calls in turn: of those on one journal only the first has a thread, the others wait here. So they keep their order,
// and a hundred of them cost one thread.

const { native, outcome } = require('./native.js')
const { valueOf } = require('./answers.js')

const { job } = native

/**
 * For each journal, by its path, the calls that are not done yet, in order. The first of them is at work. All copies of this module in a thread
 * share it, whichever are loaded: a hot reload or a test runner loads many. So a change of this shape needs another name.
 */
const queues = (process[Symbol.for('codegraph-journal.turns.v1')] ??= withExitListener(new Map()))

/** Does the work after all that came before it on that journal. Aborted before it has the lock, it is not done. */
function inTurn(journal, operation, work, signal) {
  const { path } = journal
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortError(signal))
    signal?.addEventListener('abort', abort, { once: true })
    const call = { begin, cancel: () => job.cancel(work), end: () => job.end(work) }
    const queue = queues.get(path) ?? new Set()
    queues.set(path, queue)
    if (queue.add(call).size === 1) begin()

    async function begin() {
      try {
        resolve(valueOf(outcome(await outcome(job.start(work))), operation, journal))
      } catch (error) {
        const isAborted = signal?.aborted && error.code === 'ERR_JOURNAL_CANCELLED'
        reject(isAborted ? abortError(signal) : error)
      }
      queue.delete(call)
      const [next] = queue
      if (next) next.begin()
      else queues.delete(path)
      signal?.removeEventListener('abort', abort)
    }

    function abort() {
      const [first] = queue
      if (first === call) return call.cancel() // that ends its wait for the lock, if it still waits
      queue.delete(call)
      reject(abortError(signal))
    }
  })
}

/**
 * A process that ended with the lock would leave the lockfile behind, which the JS module respects for 30 s. One that goes on all the
 * same, because another listener has thrown, say, goes on with the calls that have not begun.
 */
function withExitListener(queues) {
  process.on('exit', () => {
    const atWork = [...queues.values()].map(([first]) => first)
    for (const call of atWork) call.cancel()
    for (const call of atWork) call.end()
  })
  return queues
}

/** As Node's own APIs make it. */
function abortError({ reason: cause }) {
  return Object.assign(new Error('The operation was aborted', { cause }), { code: 'ABORT_ERR', name: 'AbortError' })
}

module.exports = { inTurn }

'use strict'
// Asynchronous calls, one after another. Of the calls on one journal only the first has a thread; the others wait here. So they keep their order, and a
// hundred of them need one thread.

const { native, outcome } = require('./native.js')
const { valueOf } = require('./answers.js')

const { job } = native

/**
 * For each journal, by its path: the calls that are not done yet, in order. The first of them is running. All copies of this module in a thread
 * share this map, because a hot reload or a test runner loads many copies. So whoever changes its shape has to change its name.
 */
const queues = (process[Symbol.for('codegraph-journal.turns.v1')] ??= withExitListener(new Map()))

/** Does the work after all earlier work on that journal. Work that is aborted before it has the lock is not done. */
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
      if (first === call) return call.cancel() // ends its wait for the lock, if it still waits
      queue.delete(call)
      reject(abortError(signal))
    }
  })
}

/**
 * A process that exits while it holds the lock leaves the lockfile behind, and the JS module respects that for 30 s. So running calls get a moment to
 * finish. If the process does not exit after all, because another listener has thrown for example, the calls that have not begun are still done.
 */
function withExitListener(queues) {
  process.on('exit', () => {
    const atWork = [...queues.values()].map(([first]) => first)
    for (const call of atWork) call.cancel()
    for (const call of atWork) call.end()
  })
  return queues
}

/** An error as Node's own APIs create it. */
function abortError({ reason: cause }) {
  return Object.assign(new Error('The operation was aborted', { cause }), { code: 'ABORT_ERR', name: 'AbortError' })
}

module.exports = { inTurn }

'use strict'
// Asynchronous calls in turn: of those on one journal only the first has a thread, the others wait here. So they keep their order,
// and a hundred of them cost one thread.

const { native, outcome } = require('./native.js')

const { job } = native

/** For each journal, by its directory, the calls that are not done yet, in order. The first of them is at work. */
const queues = new Map()
let hasExitListener = false

/** Does the work after all that came before it on that journal. Aborted before it has the lock, it is not done. */
function inTurn(dir, work, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new AbortError(signal))
    signal?.addEventListener('abort', abort, { once: true })
    const call = { work, begin }
    const queue = join(dir, call)
    if (queue.size === 1) begin()

    async function begin() {
      try {
        resolve(await outcome(job.start(work)))
      } catch (error) {
        const isAborted = signal?.aborted && error.code === 'ERR_JOURNAL_CANCELLED'
        reject(isAborted ? new AbortError(signal) : error)
      }
      queue.delete(call)
      const [next] = queue
      if (next) next.begin()
      else queues.delete(dir)
      signal?.removeEventListener('abort', abort)
    }

    function abort() {
      const [first] = queue
      if (first === call) return job.cancel(work) // that ends its wait for the lock, if it still waits
      queue.delete(call)
      reject(new AbortError(signal))
    }
  })
}

function join(dir, call) {
  if (!hasExitListener) process.on('exit', endAll)
  hasExitListener = true
  const queue = queues.get(dir) ?? new Set()
  queues.set(dir, queue)
  return queue.add(call)
}

/**
 * A process that ended with the lock would leave the lockfile behind, which the JS module respects for 30 s. One that goes on all the
 * same, for another listener has thrown, say, goes on with the calls that have not begun.
 */
function endAll() {
  const atWork = [...queues.values()].map(([first]) => first.work)
  atWork.forEach(job.cancel)
  atWork.forEach(job.end)
}

/** As Node's own APIs make it. */
class AbortError extends Error {
  constructor({ reason }) {
    super('The operation was aborted', { cause: reason })
    this.code = 'ABORT_ERR'
    this.name = 'AbortError'
  }
}

module.exports = { inTurn }

// A writer: entry after entry, one call each, and a log of the calls that have returned. Runs as a process or as a worker
// thread; `writers.mjs` starts it.

import fs from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { entryOf, isStamp } from './entries.mjs'
import { load } from './subjects.mjs'

const parent = parentPort ?? process
const send = (message) => (parentPort ? parentPort.postMessage(message) : process.send(message))
const sleeper = new Int32Array(new SharedArrayBuffer(4))
const pause = (ms) => Atomics.wait(sleeper, 0, 0, ms)

/** Should it be killed, nobody ends its writers. */
const starter = process.ppid

async function start(order) {
  const journal = await load(order.subject)
  const log = fs.openSync(order.log, 'a')
  let next = 0
  parent.on('message', () => {
    for (const end = next + order.entries; next < end && process.ppid === starter; next++) {
      // One line, written at once, so that it is there or not whenever this process dies.
      fs.writeSync(log, `${JSON.stringify(call(journal, next, order))}\n`)
      if (order.pauseMs) pause(order.pauseMs)
    }
    send('done')
  })
  send('ready')
}

/** Makes the call of this number: { ms, error? }. */
function call(journal, number, order) {
  const { root, name, firstStamp } = order
  const entries = [{ file: entryOf(name, number) }]
  const begun = performance.now()
  try {
    if (isStamp(number, order)) journal.stamp(root, entries, firstStamp + number)
    else journal.append(root, entries)
    return { ms: performance.now() - begun }
  } catch (error) {
    return { ms: performance.now() - begun, error: `${error.code}: ${error.message}` }
  }
}

parent.once('message', start)

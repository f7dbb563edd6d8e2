// A writer: entry after entry, one call each, and a log of those whose call has returned. Runs as a
// process or as a worker thread; `writers.mjs` starts it.

import fs from 'node:fs'
import { parentPort, threadId } from 'node:worker_threads'
import { load } from './subjects.mjs'

const parent = parentPort ?? process
const send = (message) => (parentPort ? parentPort.postMessage(message) : process.send(message))
const sleeper = new Int32Array(new SharedArrayBuffer(4))
const pause = (ms) => Atomics.wait(sleeper, 0, 0, ms)

async function start({ subject, ...order }) {
  const journal = await load(subject)
  send('ready')
  parent.once('message', () => write(journal, order))
}

function write(journal, { root, log, entries, firstStamp, pauseMs = 0, stampEvery = 2 }) {
  const logFile = fs.openSync(log, 'a')
  const result = { acknowledged: 0, errors: [], longestMs: 0 }
  for (let index = 0; index < entries; index++) {
    // The log names the writer by its file, so the name of an entry needs only be its own there.
    const file = `${process.pid}-${threadId}/${index}`
    const begun = performance.now()
    try {
      if (index % stampEvery === 0) journal.stamp(root, [{ file }], firstStamp + index)
      else journal.append(root, [{ file }])
      fs.writeSync(logFile, `${file}\n`)
      result.acknowledged++
    } catch (error) {
      result.errors.push(`${error.code}: ${error.message}`)
    }
    result.longestMs = Math.max(result.longestMs, performance.now() - begun)
    if (pauseMs) pause(pauseMs)
  }
  fs.closeSync(logFile)
  send(result)
  if (!parentPort) process.disconnect()
}

parent.once('message', start)

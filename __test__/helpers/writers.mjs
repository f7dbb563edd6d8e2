// Several writers at once on one journal, and the account: what was acknowledged, what is there.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { HEADER, journalOf, tree } from './workspace.mjs'

/** What a writer stamps with its first entry; each call stamps one more. */
export const FIRST_STAMP = 1_700_000_000_000

const script = new URL('writer.mjs', import.meta.url)

/**
 * Starts one writer for each of `orders` ({ subject, entries, pauseMs, stampEvery, thread }), lets
 * all go at the same moment and waits for their ends. `during(writers)` runs meanwhile.
 */
export async function race(root, orders, during = async () => {}) {
  const writers = await Promise.all(
    orders.map((order, index) => startWriter(root, order, path.join(root, `acknowledged-${index}`))),
  )
  for (const writer of writers) writer.send('go')
  await Promise.all([during(writers), ...writers.map((writer) => writer.ended)])
  return writers.map(({ log, result, order, emitter }) => {
    return {
      ...order,
      pid: emitter.pid,
      ...result,
      log: fs.existsSync(log) ? lines(fs.readFileSync(log, 'utf8')) : [],
    }
  })
}

/** Starts one, which waits for a message before it writes. */
export async function startWriter(root, order, log) {
  const writer = order.thread ? thread() : child()
  writer.order = order
  writer.log = log
  writer.emitter.on('message', (message) => (writer.result = message))
  writer.send({ ...order, root, log, firstStamp: FIRST_STAMP })
  await Promise.race([once(writer.emitter, 'message'), writer.ended])
  if (writer.result !== 'ready') throw new Error(`a writer did not start: ${writer.result}`)
  writer.result = undefined
  return writer
}

function child() {
  const emitter = spawn(process.execPath, [fileURLToPath(script)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced', // JSON has no Infinity
  })
  return {
    emitter,
    ended: once(emitter, 'exit'),
    send: (message) => emitter.send(message),
    kill: (signal = 'SIGKILL') => emitter.kill(signal),
  }
}

function thread() {
  const emitter = new Worker(script)
  return {
    emitter,
    ended: once(emitter, 'exit'),
    send: (message) => emitter.postMessage(message),
  }
}

/** What the journal holds, beside what the writers were told it holds. */
export function account(root, writers) {
  const content = fs.readFileSync(journalOf(root), 'utf8')
  const [header, ...body] = lines(content)
  const written = new Map()
  for (const line of body) written.set(line, (written.get(line) ?? 0) + 1)
  const acknowledged = writers.flatMap((writer) => writer.log)
  const known = new Set(acknowledged)
  return {
    header,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((entry) => !written.has(entry)),
    unasked: body.filter((line) => !known.has(line)),
    repeated: body.length - written.size,
    turns: turns(body),
    complete: content.endsWith('\n') && header.startsWith(HEADER),
    leftovers: Object.keys(tree(path.dirname(journalOf(root)))).filter((name) => name !== 'changes.journal'),
  }
}

// How often the next entry is another writer's: that they did run against each other.
function turns(body) {
  const writer = (line) => line.slice(0, line.indexOf('/'))
  return body.filter((line, index) => index > 0 && writer(line) !== writer(body[index - 1])).length
}

function lines(content) {
  return content.split('\n').slice(0, -1)
}

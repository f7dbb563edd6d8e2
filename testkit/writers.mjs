// Several writers at once on one journal, as processes or threads.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { logOf, toldBy } from './account.mjs'

/** What a writer stamps with its first call; each call stamps one more. */
export const FIRST_STAMP = 1_700_000_000_000

/** What unshare(1) says when the command that it has run was killed. */
const KILLED_IN_UNSHARE = 'unshare: sigprocmask unblock failed: Invalid argument'

/** Between two calls of a writer, unless its order says otherwise. */
export const pauseMs = Number(process.env.JOURNAL_TEST_PAUSE_MS ?? 0)

const script = new URL('writer.mjs', import.meta.url)

/**
 * Starts one writer for each of `orders`, lets all go at the same moment and waits for their ends. `during(writers)` runs
 * meanwhile. Resolves to each one's order, whether it got to its end, and what it has logged.
 */
export async function race(root, orders, during = async () => {}) {
  const writers = await Promise.all(orders.map((order, index) => startWriter(root, { name: `w${index}`, ...order })))
  const bursts = writers.map(async (writer) => {
    await writer.write()
    await writer.end()
  })
  await Promise.all([during(writers), ...bursts])
  return writers.map(({ order, isDone }) => ({ ...order, isDone, ...toldBy(root, order) }))
}

/**
 * Starts a writer, which writes `entries` entries (as a rule without end) each time it is ordered to. The order is { name, subject, entries,
 * pauseMs, stampEvery }, with `thread` for a thread, and for a process { via, env }: the command it is run through, and variables.
 */
export async function startWriter(root, order) {
  const { emitter, send, ...handle } = order.thread ? thread() : child(order)
  const answer = () => Promise.race([once(emitter, 'message').then(([message]) => message), handle.ended])
  const started = answer()
  const log = logOf(root, order.name)
  send({ entries: Infinity, firstStamp: FIRST_STAMP, pauseMs, ...order, root, log })
  if ((await started) !== 'ready') throw new Error(`writer ${order.name} did not start`)

  const writer = { order, log, isDone: false, ...handle }
  writer.write = async () => {
    const answered = answer()
    send('go')
    writer.isDone = (await answered) === 'done'
  }
  return writer
}

function thread() {
  const emitter = new Worker(script)
  return {
    emitter,
    send: (message) => emitter.postMessage(message),
    ended: once(emitter, 'exit'),
    end: () => emitter.terminate(),
  }
}

function child({ via = [], env }) {
  const [program, ...args] = [...via, process.execPath, fileURLToPath(script)]
  const emitter = spawn(program, args, {
    stdio: ['ignore', 'inherit', via.length > 0 ? 'pipe' : 'inherit', 'ipc'],
    serialization: 'advanced', // JSON has no Infinity
    env: { ...process.env, ...env },
  })
  if (emitter.stderr) {
    const lines = readline.createInterface({ input: emitter.stderr })
    lines.on('line', (line) => line !== KILLED_IN_UNSHARE && console.error(line))
  }
  const ended = once(emitter, 'exit')
  return {
    emitter,
    ended,
    pid: emitter.pid,
    send: (message) => emitter.send(message),
    async end() {
      if (emitter.connected) emitter.disconnect()
      await ended
    },
    kill(signal = 'SIGKILL') {
      if (emitter.exitCode !== null || emitter.signalCode !== null) return
      // What it is run through waits for it, and ends with it.
      process.kill(via.length > 0 ? innermost(emitter.pid) : emitter.pid, signal)
    },
  }
}

/** The last in the row of processes that each have started the next one. */
function innermost(pid) {
  const [child] = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
  return child ? innermost(child) : Number(pid)
}

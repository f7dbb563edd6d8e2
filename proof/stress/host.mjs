// A process whose worker threads write while its main thread obeys orders. Run as a program it is that process.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startWriter } from '../../testkit/writers.mjs'

const script = fileURLToPath(import.meta.url)

/** Starts one: { tell, kill, ended }. */
export async function startHost() {
  const child = spawn(process.execPath, [script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  const ended = once(child, 'exit')
  return {
    ended,
    kill: () => child.kill('SIGKILL'),
    /** Resolves once it is done; undefined if the host has ended instead. */
    async tell(what, ...how) {
      const done = Promise.race([once(child, 'message'), ended.then(() => undefined)])
      child.send({ what, how })
      return done
    },
  }
}

const threads = new Map()

const actions = {
  async start(root, orders) {
    const started = await Promise.all(orders.map((order) => startWriter(root, { ...order, thread: true })))
    for (const thread of started) {
      threads.set(thread.order.name, thread)
      thread.write()
    }
  },
  async terminate(name) {
    await threads.get(name).end()
  },
  /** Children of another program, which live for so many seconds, whatever becomes of this process. */
  spawn(everyMs, seconds) {
    setInterval(() => spawn('sleep', [String(seconds)], { stdio: 'ignore' }), everyMs)
  },
  exit(code) {
    process.exit(code)
  },
}

if (process.argv[1] === script) {
  process.on('message', async ({ what, how }) => {
    await actions[what](...how)
    process.send('done')
  })
}

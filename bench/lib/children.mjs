// Processes that answer messages. They stay until they are ended, or the bench is.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What the JS module says of a stamp that it could not write, and then returns: counted, for there are hundreds. */
const WARNING = '[codegraph WARN] '

const running = new Set()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL'))) // one may be stopped

/** What the journal functions of each subject are called in the tests' helper. */
export const SUBJECTS = { js: 'original', native: 'root' }

/** Starts one of `children/` with a first message, and waits until it is ready. */
export async function startChild(script, order) {
  const child = fork(fileURLToPath(new URL(`../children/${script}.mjs`, import.meta.url)), {
    serialization: 'advanced',
    stdio: ['inherit', 'inherit', 'pipe', 'ipc'],
  })
  child.warnings = 0
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith(WARNING)) child.warnings++
    else console.error(line)
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.send({ ...order, subject: SUBJECTS[order.subject] })
  await answerOf(child)
  return child
}

/** The next message of a child. */
export async function answerOf(child) {
  const quiet = new AbortController()
  const { signal } = quiet
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message),
      once(child, 'exit', { signal }).then(([code, name]) => {
        throw new Error(`a child process has ended with ${name ?? code}`)
      }),
    ])
  } finally {
    quiet.abort()
  }
}

export async function endChild(child) {
  const ended = once(child, 'close') // and all that it said was read
  child.kill('SIGKILL')
  await ended
}

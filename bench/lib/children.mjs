// Processes that answer messages. They stay until they are ended, or the bench is.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const running = new Set()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL'))) // one may be stopped

/** What the journal functions of each subject are called in the tests' helper. */
export const SUBJECTS = { js: 'original', native: 'root' }

/** Starts one of `children/` with a first message, and waits until it is ready. */
export async function startChild(script, order) {
  const child = fork(fileURLToPath(new URL(`../children/${script}.mjs`, import.meta.url)), {
    serialization: 'advanced',
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
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

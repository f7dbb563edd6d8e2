// One round of a scenario, in a process of its own: whatever is killed, stopped or crashes in there.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { makeRoot, removeRoot } from '../../testkit/place.mjs'

const program = fileURLToPath(new URL('play.mjs', import.meta.url))

/** No scenario waits for anything so long. */
const HUNG_MS = 120_000

/**
 * Plays a scenario for `ms` milliseconds, with the choices of `seed` and the natives writing through `subject`. Resolves to what
 * `verdict.mjs` says, and to the `root` where it was played; that is kept if there are failures, and an error names it.
 */
export async function playRound({ name, via = [] }, { seed, ms, subject = 'root' }) {
  const root = makeRoot()
  const order = JSON.stringify({ name, root, seed, ms, subject })
  const [command, ...args] = [...via, process.execPath, program, order]
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    signal: AbortSignal.timeout(ms + HUNG_MS),
  })
  let verdict
  child.on('message', (message) => (verdict = message))
  const [code, signal] = await once(child, 'exit').catch((error) => [error.message])
  if (!verdict) throw Object.assign(new Error(`the round ended without a verdict: ${signal ?? code}`), { root })
  if (verdict.failures.length === 0) removeRoot(root)
  return { root, ...verdict }
}

// One round of a scenario, in a process of its own: whatever is killed, stopped or crashes in there.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('play.mjs', import.meta.url))

/** No scenario waits for anything so long. */
const HUNG_MS = 120_000

/**
 * Plays a scenario for `ms` milliseconds, with the choices of `seed` and the natives writing through `subject`. Resolves to what
 * `verdict.mjs` says.
 */
export async function playRound({ name, via = [] }, { seed, ms, subject = 'root' }) {
  const [command, ...args] = [...via, process.execPath, program, JSON.stringify({ name, seed, ms, subject })]
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    signal: AbortSignal.timeout(ms + HUNG_MS),
  })
  let verdict
  child.on('message', (message) => (verdict = message))
  const [code, signal] = await once(child, 'exit')
  if (!verdict) throw new Error(`${name}, seed ${seed}: the round ended without a verdict (${signal ?? code})`)
  return verdict
}

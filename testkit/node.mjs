// A module's source in a Node process of its own, outside of vitest.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs `source`, which finds our package by its name and `root` as a constant. Resolves to { code, signal, stdout, stderr }.
 * `command` goes before Node's own; `onLine` gets each line of its output as it comes. It is killed after `timeout` ms.
 */
export async function runNode(root, source, { env = {}, flags = [], command = [], onLine, timeout = 60_000 } = {}) {
  const program = `const root = ${JSON.stringify(root)}\n${source}`
  const [file, ...args] = [...command, process.execPath, ...flags, '--input-type=module', '--eval', program]
  const child = spawn(file, args, {
    cwd: home,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
  })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (chunk) => {
      output[stream] += chunk
      for (const line of chunk.split('\n').filter(Boolean)) onLine?.(line)
    })
  }
  const [code, signal] = await once(child, 'close')
  return { code, signal, ...output }
}

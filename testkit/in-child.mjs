// One call in a process of its own: to let it wait, to run it as somebody else, and because nothing
// but the end of a process stops a synchronous call that hangs.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('child.mjs', import.meta.url))

/**
 * Calls `method` (append, stamp, header, read) of a subject by name.
 * Resolves to { value | error, ms, cpuMs, startedAt, endedAt, warnings, stderr, pid }.
 * `uid` makes the call as that user, of the group `gid`; `fileBlocks` limits the size of its files, in blocks of 512 bytes;
 * `onStart` is called with the pid when the call is about to be made.
 */
export async function inChild(subject, method, args, options = {}) {
  const { uid, gid = uid, fileBlocks, cwd, onStart, timeout = 20_000 } = options
  const node = [process.execPath, script]
  const command = fileBlocks === undefined ? node : limited(fileBlocks, node)
  const child = spawn(command[0], command.slice(1), {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    serialization: 'advanced',
    cwd,
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk))

  let report
  let hung = false
  child.on('message', (message) => {
    if (message !== 'ready') {
      report = message
      return
    }
    onStart?.(child.pid)
    child.send({ subject, method, args, uid, gid })
  })
  const timer = setTimeout(() => {
    hung = true
    child.kill('SIGKILL')
  }, timeout)
  const [code, signal] = await once(child, 'close')
  clearTimeout(timer)

  if (hung) throw new Error(`${subject}.${method} hung: no answer within ${timeout} ms`)
  if (!report) throw new Error(`${subject}.${method} died (${signal ?? code}):\n${stderr}`)
  return { ...report, stderr, pid: child.pid }
}

// A write over the limit fails with EFBIG, after writing what still fits: Node ignores SIGXFSZ.
function limited(blocks, command) {
  return ['sh', '-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', ...command]
}

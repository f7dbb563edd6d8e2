// A sequence of calls in a process of its own, some of whose system calls fail. `strace` makes them fail, from the first call of the
// sequence on: so no fault hits Node's own start.

import path from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('sequence.mjs', import.meta.url))

/** The shell starts Node, and becomes the tracer of it when a line comes: an ancestor may trace wherever tracing is allowed. */
const SHELL =
  'log=$1 node=$2 script=$3; shift 3; "$node" "$script" & read -r line; exec strace -f -y -o "$log" "$@" -p $!'

/** `strace` says that it has attached itself, on a line of its own. */
const ATTACHED = /Process \d+ attached/

/** What takes longer than this never comes. */
const PATIENCE_MS = 120_000

/**
 * Starts a process that is to make a sequence of calls: { subject, root, sequence, uid?, options?, brief? }, with the options of its
 * `Journal`; a brief report lacks the journal's text. `faults` are what strace injects, 'flock:error=EPERM' say, at any file or only
 * at `paths`; `trace` are the calls to report, as a rule those with faults. Resolves, once it is about to begin, to { pid, go, kill }.
 * `go()` resolves to { results, warnings, stderr, calls }: `calls` are the lines of strace, without the process id.
 */
export async function startFaulty(order, { faults = [], paths = [], trace } = {}) {
  const log = `${order.root}.${process.pid}-${number++}.strace`
  const isTraced = faults.length > 0 || trace !== undefined
  const args = [
    ...['-e', `trace=${trace ?? faults.map((fault) => fault.split(':')[0]).join()}`],
    ...faults.flatMap((fault) => ['-e', `inject=${fault}`]),
    // A name in an open directory counts as well as the whole path.
    ...paths.flatMap((each) => ['-P', each, '-P', path.basename(each)]),
  ]
  const [file, ...rest] = isTraced
    ? ['sh', '-c', SHELL, 'sh', log, process.execPath, script, ...args]
    : [process.execPath, script]
  const child = spawn(file, rest, { stdio: ['pipe', 'inherit', 'pipe', 'ipc'] })
  let isClosed = false
  const closed = once(child, 'close').finally(() => (isClosed = true))
  let stderr = ''
  const attached = new Promise((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk
      if (ATTACHED.test(stderr)) resolve()
    })
  })
  let pid
  const kill = () => {
    if (isClosed) return
    for (const each of [pid, child.pid]) {
      try {
        if (each) process.kill(each, 'SIGKILL')
      } catch (error) {
        if (error.code !== 'ESRCH') throw error
      }
    }
  }
  const timer = setTimeout(kill, PATIENCE_MS)
  const or = async (awaited) => {
    const ended = closed.then(([code, signal]) => {
      throw new Error(`the process of ${order.subject} ended (${signal ?? code}): ${stderr}`)
    })
    return Promise.race([awaited, ended])
  }

  const answer = () => once(child, 'message').then(([message]) => message)
  child.send(order)
  ;({ pid } = await or(answer()))
  if (isTraced) {
    child.stdin.end('\n')
    await or(attached)
  }
  const go = async () => {
    const answered = answer()
    child.send('go')
    try {
      const report = await or(answered)
      await closed
      const said = stderr.replaceAll(/^.*strace: .*\n/gm, '')
      return { ...report, stderr: said, calls: isTraced ? linesOf(log) : [] }
    } finally {
      clearTimeout(timer)
      kill()
      fs.rmSync(log, { force: true })
    }
  }
  return { pid, go, kill }
}

let number = 0

/** Starts a process, lets it make its sequence, and resolves to what came of it. */
export async function underFaults(order, faults) {
  const { go } = await startFaulty(order, faults)
  return go()
}

/** A line for each call, without the process id. One that another thread has interrupted is put together again. */
function linesOf(log) {
  const begun = new Map()
  const lines = []
  for (const line of fs.readFileSync(log, 'utf8').split('\n')) {
    const [, pid, text] = /^(\d+) +(.*)$/.exec(line) ?? []
    const [, rest] = /^<\.\.\. \w+ resumed>(.*)$/.exec(text) ?? []
    if (rest !== undefined) lines.push(begun.get(pid) + rest)
    else if (text?.endsWith(' <unfinished ...>')) begun.set(pid, text.slice(0, -' <unfinished ...>'.length))
    else if (/^\w+\(/.test(text)) lines.push(text)
  }
  return lines
}

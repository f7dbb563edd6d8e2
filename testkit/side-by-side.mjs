// The ports of codegraph's JS module and engine that the simulation plays (`proof/simulation`), beside what they are ports of.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { makeRoot, removeRoot, tree } from './place.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))
const driver = fileURLToPath(new URL('original-call.mjs', import.meta.url))

/** The header's time that is written. */
export const NOW = 1_700_000_000_000

/** Looked for by both right before and right after the call. They don't exist. */
const [BEGIN, END] = ['/the call begins', '/the call ends']

/** What takes longer than this never comes. A wait ends after 5 s. */
const PATIENCE_MS = 30_000

let port

/** Builds the ports' program. */
export function build() {
  const args = ['build', '--quiet', '-p', 'codegraph-journal-proof', '--example', 'js-port', '--message-format=json']
  const messages = execFileSync('cargo', args, { cwd: home, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const artifacts = messages
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  port = artifacts.findLast(({ target }) => target?.name === 'js-port').executable
}

/**
 * Expects of both the same on equal directories, which `stage(root)` makes: { answer, signal, calls, left }. Resolves to that, and by `both`
 * to the lines of their logs, { raw, ended }. For the rest of an order see `run`; `faults(root)` is a part of it.
 */
export async function compare({ stage, faults = () => ({}), ...order }) {
  const one = async (subject) => {
    const base = makeRoot()
    try {
      fs.chmodSync(base, 0o755)
      const root = path.join(base, 'project')
      fs.mkdirSync(root)
      stage(root)
      return await run(subject, root, { ...order, ...faults(root) })
    } finally {
      removeRoot(base)
    }
  }
  const both = await Promise.all([one('original'), one('port')])
  const [original, ported] = both.map(({ answer, signal, calls, left }) => ({ answer, signal, calls, left }))
  expect(ported, JSON.stringify(faults('')?.inject ?? '')).toEqual(original)
  expect(original.calls).not.toEqual([])
  return { ...original, both }
}

/**
 * One call in a process of its own, under `strace`. `inject` are faults, at any file or only at `paths`, and then only these are reported.
 * `blocks` limits the size of files, in blocks of 512 bytes. `during(root, until)` acts beside it; `until(count, pattern)` resolves when the
 * call has made so many system calls of this pattern. With `tries` the process is killed after so many tries for the lock. Calls that match
 * `without` are left out.
 */
async function run(
  subject,
  root,
  { operation, entries = [], uid = '-', blocks, inject = [], paths = [], during, tries, without },
) {
  const base = path.dirname(root)
  const log = `${base}.strace`
  const limits = `ulimit -c 0; ${blocks === undefined ? '' : `trap '' XFSZ; ulimit -f ${blocks};`} exec "$@"`
  const isEngine = operation === 'engine'
  const program = subject === 'port' || isEngine ? [port] : [process.execPath, driver]
  const args = [
    ...['-f', '-y', '-qq', '-ttt', '-s', '1000000', '-o', log, '-e', 'trace=%file,%desc,kill'],
    ...inject.flatMap((fault) => ['-e', `inject=${fault}`]),
    ...(paths.length ? [BEGIN, END, ...paths] : []).flatMap((each) => ['-P', each]),
    ...['sh', '-c', limits, 'sh', ...program],
    ...[`${uid}`, isEngine && subject === 'original' ? 'engine-by-std' : operation, root, `${NOW}`, ...entries],
  ]
  const child = spawn('strace', args, { cwd: os.tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text))
  let isClosed = false
  const closed = once(child, 'close').finally(() => (isClosed = true))
  const read = () => traced(fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '', root)
  const deadline = performance.now() + PATIENCE_MS
  const until = async (count, pattern) => {
    while (read().calls.filter(({ text }) => pattern.test(text)).length < count) {
      if (performance.now() > deadline || isClosed) throw new Error(`never seen: ${pattern}\n${output.stderr}`)
      await sleep(2)
    }
  }
  const kill = () => {
    if (isClosed) return
    try {
      process.kill(read().pid ?? child.pid, 'SIGKILL')
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
  const timer = setTimeout(kill, PATIENCE_MS)
  try {
    await during?.(root, until)
    if (tries) {
      await until(tries + 1, /O_EXCL/)
      kill()
    }
    const [, signal] = await closed
    const { pid, calls, ended } = read()
    // The last try may be half a one.
    const end = tries ? calls.findLastIndex(({ text }) => text.includes('O_EXCL')) : calls.length
    const raw = calls.slice(0, end).filter(({ text }) => !without?.test(text))
    const same = (text) =>
      text
        .replaceAll(root, 'ROOT')
        .replaceAll(new RegExp(`${pid}-[0-9a-f]{16}`, 'g'), 'NONCE')
        .replace(new RegExp(`${pid}(\\n|\\\\n)NONCE`), 'PID$1NONCE')
    const left = tries ? 'unknown' : Object.entries(tree(base)).map((pair) => pair.map(same))
    return { answer: warned(output.stderr) + output.stdout, signal, calls: told(raw, same), left, raw, ended }
  } finally {
    clearTimeout(timer)
    kill()
    await closed
    fs.rmSync(log, { force: true })
  }
}

/** Of the thread that makes the call, from its beginning on: what is about the directory or a process, { pid, ended, calls: [{ at, text }] }. */
function traced(log, root) {
  const lines = Array.from(log.matchAll(/^(\d+) +([\d.]+) (.*)\n/gm), ([, id, at, text]) => ({
    id,
    at: at * 1000,
    text,
  }))
  const begin = lines.findIndex(({ text }) => /^f?access/.test(text) && text.includes(BEGIN))
  if (begin < 0) return { calls: [] }
  const pid = lines[begin].id
  const calls = []
  let begun
  for (const { id, at, text } of lines.slice(begin)) {
    if (id !== pid) continue
    if (text.endsWith(' <unfinished ...>')) begun = { at, text: text.slice(0, -' <unfinished ...>'.length) }
    else if (text.startsWith('<... '))
      calls.push({ ...begun, text: begun.text + text.replace(/^<\.\.\. \w+ resumed>/, '') })
    else if (/^\w+\(/.test(text)) calls.push({ at, text })
    if (text.includes(END)) break
  }
  // A warning names files, too.
  const own = calls.filter(({ text }) => (text.includes(root) && !/^write\(2</.test(text)) || text.startsWith('kill('))
  return { pid: Number(pid), ended: calls.at(-1)?.at, calls: own }
}

/** The calls without what differs from process to process, or between Node and Rust, and means nothing. */
function told(calls, same) {
  const texts = calls.map(({ text }) =>
    same(text)
      .replace(/\b\d+</g, '<')
      .replace(/AT_FDCWD<[^>]*>, /g, '')
      .replace(/^statx\(("[^"]*"), AT_STATX_SYNC_AS_STAT, .*\) += /, 'stat($1) = ')
      .replace(/^newfstatat\((.*), "", .*\) += /, 'fstat($1) = ')
      .replace(/0x[0-9a-f]+(?=[, ])/, 'PTR')
      .replace(/\) += /, ') = ')
      // The length of a claim is that of its pid.
      .replace(/^(write\(.*"PID\\nNONCE\\n"), \d+\) = \d+/, '$1)')
      .replace(/^(read\(.*"PID\\nNONCE\\n", 8192\)) = \d+/, '$1'),
  )
  return withoutRepeats(texts)
}

/** Equal tries for the lock are reported once: how many there are depends on the machine. */
function withoutRepeats(lines) {
  const result = []
  for (const line of lines) {
    result.push(line)
    for (let size = 3; size <= result.length / 2; size++) {
      const [first, second] = [result.slice(-2 * size, -size), result.slice(-size)]
      if (second.every((each, index) => each === first[index])) result.splice(-size)
    }
  }
  return result
}

/** The module's warning in the words of the port. */
function warned(stderr) {
  const warnings = stderr.matchAll(/^\[codegraph WARN\] Failed to \w+ journal(?: header)?: ([A-Z]+): .*?, (\w+)/gm)
  return Array.from(warnings, ([, code, call]) => `warned ${call} ${os.constants.errno[code]}\n`).join('')
}

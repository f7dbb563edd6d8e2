// What a real `codegraph watch` does about a change that it can't journal: the lock is held for too long, or the file's name would be read as a
// comment.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Longer than the lock's timeout and the watcher's debounce. */
const PATIENCE_MS = 20_000

/** The watcher warns first, and clears the header right after. */
const CLEARED_WITHIN_MS = 5000

/** @returns what was seen: whether it says so, whether builds still trust the journal, whether the next write makes up for it */
export async function failures({ node, cli, root, env, signal }) {
  const journal = path.join(root, '.codegraph/changes.journal')
  const options = { env: { ...process.env, ...env }, signal }
  const edit = (name) =>
    fs.writeFileSync(path.join(root, name), `export function ${path.parse(name).name.slice(1)}() {}\n`)
  fs.mkdirSync(root, { recursive: true })
  edit('_a.ts')
  execFileSync(node, [cli, '--engine', 'wasm', 'build', root], { ...options, stdio: 'ignore' })

  // A watcher that polls says so once it sees edits. Another one says nothing after "Press Ctrl+C".
  const watcher = spawn(node, [cli, 'watch', root, '--engine', 'wasm', '--poll', '--poll-interval', '500'], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  watcher.stderr.setEncoding('utf8').on('data', (chunk) => (said += chunk))
  const lines = () => fs.readFileSync(journal, 'utf8').split('\n')
  const isTrusted = () => Number(lines()[0].split(' ').at(-1)) > 0
  const staysTrusted = async () => !(await until(() => !isTrusted(), CLEARED_WITHIN_MS))
  const says = (text) => until(() => said.includes(text))
  const names = (file) => until(() => lines().includes(file))
  try {
    if (!(await says('Polling '))) throw new Error(`codegraph watch has not begun:\n${said}`)
    edit('_b.ts')
    if (!(await names('_b.ts'))) throw new Error(`codegraph watch has journaled nothing:\n${said}`)

    const lock = `${journal}.lock`
    fs.writeFileSync(lock, `${process.pid}\n${process.pid}-0123456789abcdef\n`)
    edit('_c.ts')
    const reported = await says('Failed to journal')
    const trusted = await staysTrusted()
    fs.rmSync(lock)
    edit('_d.ts')
    const nextNamed = await names('_d.ts')
    const madeUpFor = nextNamed && lines().includes('_c.ts')

    edit('#e.ts')
    const nameReported = await says('The journal cannot carry "#e.ts"')
    const nameTrusted = await staysTrusted()
    return { reported, trusted, madeUpFor, nameReported, nameTrusted }
  } finally {
    watcher.kill('SIGINT')
    await (watcher.exitCode ?? watcher.signalCode ?? once(watcher, 'exit'))
  }
}

/** Whether it comes to be so. */
async function until(isSo, ms = PATIENCE_MS) {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(50)) if (isSo()) return true
  return false
}

// Writers under Wine whose holders are killed, from outside, because Node under Wine does not notice that a child of its own was. `SIGKILL` ends a
// program there as TerminateProcess does one on Windows, as far as its handles go.

import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { originalModule } from '../../testkit/original.mjs'
import { home } from './tools.mjs'

const WRITERS = 4
const KILLS = 30
/** For which a writer may be held up: no waiter may come near its timeout of 5 s. */
const HELD_UP_MS = 2500

/** Kills the holder again and again, while others write; returns the status to exit with. `dir` is a copy of the project. */
export async function killHolders({ node, env }, dir) {
  const relative = path.relative(home, originalModule)
  const control = await storm({ node, env }, path.join(dir, relative))
  tell('control, the JavaScript module', control)
  const ours = await storm({ node, env }, path.join(dir, 'index.js'))
  tell('ours', ours)
  const isSound = ours.lost === 0 && ours.torn === 0 && ours.errors.length === 0 && ours.longestMs < HELD_UP_MS
  return isSound && ours.killedInside > 0 ? 0 : 1
}

async function storm({ node, env }, module) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'journal-wine-'))
  const writers = new Map() // those that live, by name
  const names = []
  try {
    const start = () => {
      const name = `w${names.length}`
      names.push(name)
      const script = path.join(import.meta.dirname, 'children/endless.mjs')
      writers.set(name, startUnderWine({ node, env }, [script, name, module, root], path.join(root, 'output')))
    }
    for (let count = 0; count < WRITERS; count++) start()
    while (names.some((name) => told(root, name).acknowledged.length === 0)) await sleep(100)

    let killed = 0
    let killedInside = 0
    while (killed < KILLS) {
      await sleep(50)
      const before = claim(root)
      const holder = before && names.find((name) => writers.has(name) && told(root, name).pid === before.pid)
      if (!holder) continue
      writers.get(holder).kill('SIGKILL')
      writers.delete(holder)
      // Nobody can have it before those handles are closed. Whose it is then shows whether it was killed inside.
      if (claim(root)?.nonce === before.nonce) killedInside++
      killed++
      start()
    }
    await sleep(1000) // all that are left get in once more
    for (const writer of writers.values()) writer.kill('SIGKILL')
    await sleep(1000) // until Wine has closed what they had open
    return { killed, killedInside, ...account(root, names) }
  } finally {
    for (const writer of writers.values()) writer.kill('SIGKILL')
    fs.rmSync(root, { recursive: true, force: true })
  }
}

/** Starts Node under Wine. What it says goes to a file, for a pipe is EBADF under Wine 8. */
export function startUnderWine({ node, env }, args, file) {
  const output = fs.openSync(file, 'a')
  const child = spawn('wine', [node, ...args].map(named), { env, stdio: ['ignore', output, output] })
  fs.closeSync(output)
  return child
}

/** A path as programs under Wine name it. */
const named = (word) => (path.isAbsolute(word) ? `Z:${word.replaceAll('/', '\\')}` : word)

/** Whose claim is in the lockfile. */
function claim(root) {
  try {
    const [pid, nonce] = fs.readFileSync(path.join(root, '.codegraph/changes.journal.lock'), 'utf8').split('\n')
    return nonce && { pid, nonce }
  } catch {
    return undefined // none, at the moment
  }
}

/** What a writer has logged. */
function told(root, name) {
  const file = path.join(root, `${name}.log`)
  const [pid, ...lines] = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
  const calls = lines.filter((line) => !line.startsWith('!')).map((line) => line.split(' '))
  return { pid, acknowledged: calls, errors: lines.filter((line) => line.startsWith('!')) }
}

/** What the writers of these names were told, beside what is in the journal. */
export function account(root, names) {
  const [, ...all] = fs.readFileSync(path.join(root, '.codegraph/changes.journal'), 'utf8').split('\n').slice(0, -1)
  const body = all.filter((line) => line.trim() !== '') // a native writer fills a page up
  const written = new Set(body)
  const writers = names.map((name) => told(root, name))
  const acknowledged = writers.flatMap(({ acknowledged }) => acknowledged)
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter(([entry]) => !written.has(entry)).length,
    torn: body.filter((line) => !/^w\d+\/\d+$/.test(line)).length,
    errors: writers.flatMap(({ errors }) => errors),
    longestMs: acknowledged.reduce((longest, [, ms]) => Math.max(longest, ms), 0),
  }
}

function tell(who, { killed, killedInside, acknowledged, lost, torn, errors, longestMs }) {
  console.log(
    `${who}: ${killed} killed, ${killedInside} of them with the lock; ${acknowledged} acknowledged, ${lost} lost, ${torn} torn lines, ` +
      `${errors.length} errors${errors.length > 0 ? ` (${errors[0]})` : ''}, longest call ${longestMs.toFixed(0)} ms`,
  )
}

// Processes that hold the lock for as long as a test needs them to.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { journalDir, lockOf } from './workspace.mjs'
import { startWriter } from './writers.mjs'

/** Puts a lockfile there as the original writes it, as if by `pid`, last touched `ageMs` ago. */
export function stageLockfile(root, pid, ageMs = 0) {
  stageFile(root, `${pid}\n${pid}-0123456789abcdef\n`, ageMs)
}

/** Puts a lockfile there with any content. */
export function stageFile(root, content, ageMs = 0) {
  fs.mkdirSync(journalDir(root), { recursive: true })
  fs.writeFileSync(lockOf(root), content)
  if (ageMs) setAge(lockOf(root), ageMs)
}

export function setAge(file, ageMs) {
  const time = new Date(Date.now() - ageMs)
  fs.utimesSync(file, time, time)
}

/** The pid of a process that has ended. */
export function deadPid() {
  return spawnSync(process.execPath, ['--version']).pid
}

/**
 * A writer that was stopped (SIGSTOP) while it held the lock, and not in its first call: { pid, log, kill }.
 * Nothing but the lockfile tells where it is, so it is stopped again and again until one is there.
 */
export async function stoppedInside(root, subject) {
  const log = path.join(root, 'acknowledged')
  const writer = await startWriter(root, { subject, entries: Infinity }, log)
  const kill = async () => {
    writer.kill()
    await writer.ended
  }
  writer.send('go')
  while (!fs.existsSync(log) || fs.statSync(log).size === 0) await sleep(2)
  for (let attempt = 0; attempt < 1000; attempt++) {
    await sleep(2)
    writer.kill('SIGSTOP')
    if (await staysLocked(root)) return { pid: writer.emitter.pid, log, kill }
    writer.kill('SIGCONT')
  }
  await kill()
  throw new Error('the writer was never found inside')
}

// The same lockfile over several of the writer's calls: it has stopped, and inside.
async function staysLocked(root) {
  const first = lockfile(root)
  await sleep(20)
  return first !== undefined && first === lockfile(root)
}

function lockfile(root) {
  return fs.existsSync(lockOf(root)) ? fs.readFileSync(lockOf(root), 'utf8') : undefined
}

// Processes that hold the lock for as long as a test needs them to.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { toldBy } from './account.mjs'
import { journalDir, lockOf } from './place.mjs'
import { startWriter } from './writers.mjs'

/** Its multiples, modulo 1, leave no part of an interval out for long. */
const GOLDEN_RATIO = (1 + Math.sqrt(5)) / 2

/** Puts a lockfile there as the original writes it, as if by `pid`, last touched `ageMs` ago. */
export function stageLockfile(root, pid, ageMs = 0) {
  stageFile(root, jsClaim(pid), ageMs)
}

export const jsClaim = (pid) => `${pid}\n${pid}-0123456789abcdef\n`

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

/** A writer that was stopped (SIGSTOP) while it held the lock, and not in its first call: { pid, acknowledged, kill }. */
export async function stoppedInside(root, subject) {
  const writer = await startWriter(root, { name: 'stopped', subject })
  const kill = async () => {
    writer.kill()
    await writer.ended
  }
  writer.write()
  while (toldBy(root, writer.order).calls === 0) await sleep(2)
  try {
    await stopInside(root, writer)
  } catch (error) {
    await kill()
    throw error
  }
  return { pid: writer.pid, acknowledged: () => toldBy(root, writer.order).log, kill }
}

/**
 * Stops a writer that is writing while it holds the lock. Nothing but the lockfile tells where it is, so it is stopped again and again
 * until its claim stays there: each time elsewhere in its course, which begins anew when it goes on.
 */
export async function stopInside(root, writer) {
  for (let attempt = 0; attempt < 1000; attempt++) {
    await sleepExactly(1 + ((attempt * GOLDEN_RATIO) % 1) * 4)
    writer.kill('SIGSTOP')
    if (await staysInside(root, writer.pid)) return
    writer.kill('SIGCONT')
  }
  throw new Error(`writer ${writer.order.name} was never found inside`)
}

/** Timers know only whole milliseconds; the rest is spun. */
async function sleepExactly(ms) {
  const end = performance.now() + ms
  await sleep(Math.floor(ms))
  while (performance.now() < end);
}

async function staysInside(root, pid) {
  const first = claimIn(root)
  await sleep(20)
  return first !== undefined && first === claimIn(root) && first.split('\n')[1]?.startsWith(`${pid}-`)
}

/** What the lockfile says; undefined if there is none. */
export function claimIn(root) {
  try {
    return fs.readFileSync(lockOf(root), 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

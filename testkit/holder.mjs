// Processes that hold the lock for as long as a test needs them to.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { toldBy } from './account.mjs'
import { CLAIM, journalDir, lockOf } from './place.mjs'
import { startWriter } from './writers.mjs'

/** What takes longer than this never comes. A native writer times out after 5 s. */
export const PATIENCE_MS = 20_000

/** How long is looked for a writer inside before others of this process have their turn. */
const LOOK_MS = 5

/** Puts a lockfile there as the original writes it, as if by `pid`, last touched `ageMs` ago. */
export function stageLockfile(root, pid, ageMs = 0) {
  stageFile(root, jsClaim(pid), ageMs)
}

export const jsClaim = (pid) => `${pid}\n${pid}-0123456789abcdef\n`

/** The claim of a native writer of this PID namespace, where there are such. */
export function nativeClaim(pid, domain) {
  const nonce = `${pid}-fedcba9876543210`
  const namespace = fs.statSync('/proc/self/ns/pid', { throwIfNoEntry: false })?.ino ?? 0
  return `1\n${nonce}\nnative v1 ${domain} ${pid} ${namespace} ${nonce}`.padEnd(CLAIM - 1) + '\n'
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

/** A writer that was stopped (SIGSTOP) while it held the lock, and not in its first call: { pid, acknowledged, resume, kill }. */
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
  const acknowledged = () => toldBy(root, writer.order).log
  return { pid: writer.pid, acknowledged, resume: () => writer.kill('SIGCONT'), kill }
}

/**
 * Stops a writer that is writing while it holds the lock. It is inside for some microseconds at a time, and only the lockfile shows
 * when. So this looks at it without a pause until it does, and looks again once the writer has stopped.
 */
export async function stopInside(root, writer) {
  const deadline = performance.now() + PATIENCE_MS
  while (performance.now() < deadline) {
    if (!isSeenInside(root, writer)) {
      await sleep(1)
      continue
    }
    writer.kill('SIGSTOP')
    await sleep(20) // the signal arrives within microseconds
    if (isInside(root, writer)) return
    writer.kill('SIGCONT')
  }
  throw new Error(`writer ${writer.order.name} was never found inside`)
}

function isSeenInside(root, writer) {
  const end = performance.now() + LOOK_MS
  while (performance.now() < end) if (isInside(root, writer)) return true
  return false
}

const isInside = (root, { pid }) => claimIn(root)?.split('\n')[1]?.startsWith(`${pid}-`) ?? false

/** Waits until somebody has a kernel lock on a file. Linux lists them by inode. */
export async function untilLocked(file) {
  const isLocked = () => {
    const inode = fs.statSync(file, { throwIfNoEntry: false })?.ino
    return inode !== undefined && fs.readFileSync('/proc/locks', 'utf8').includes(`:${inode} `)
  }
  const deadline = performance.now() + PATIENCE_MS
  while (!isLocked()) {
    if (performance.now() > deadline) throw new Error(`nobody has locked ${file}`)
    await sleep(2)
  }
}

/** What the lockfile says; undefined if there is none. */
export function claimIn(root) {
  try {
    return fs.readFileSync(lockOf(root), 'utf8')
  } catch (error) {
    // cryfs has EIO for a file that is just being removed.
    if (['ENOENT', 'EIO'].includes(error.code)) return undefined
    throw error
  }
}

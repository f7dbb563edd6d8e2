// The place of a journal: its files by name, made, removed and looked at.

import { isUtf8 } from 'node:buffer'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export const HEADER = '# codegraph-journal v1 '

/** The reusable lockfile on Unix. Its name has a boot, a device and an inode; a private file's has a pid and a nonce. */
const REUSABLE = /^changes\.journal\.lock\.[0-9a-f]{32}-[0-9a-f]+-[0-9a-f]+\.tmp$/i

/** The length of a native writer's claim. */
export const CLAIM = 224

/** What the system says of a directory in the journal's place. */
export const IS_DIRECTORY = process.platform === 'win32' ? 'EPERM' : 'EISDIR'

/** What native writers leave in the directory besides a reusable lockfile. */
export const LASTING = ['changes.journal']

export const journalDir = (root) => path.join(root, '.codegraph')
export const journalOf = (root) => path.join(journalDir(root), 'changes.journal')
export const lockOf = (root) => `${journalOf(root)}.lock`

/** The domain of this process's native writers on Linux, where the file system is local. */
export function domainOf(root) {
  fs.mkdirSync(journalDir(root), { recursive: true }) // its inode is in the domain
  const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim().replaceAll('-', '')
  const { dev, ino } = fs.statSync(journalDir(root), { bigint: true })
  return `${boot}:${dev.toString(16)}:${ino.toString(16)}`
}

/** The reusable lockfile of a domain, on Linux. */
export const reusableOf = (root, domain = domainOf(root)) => `${lockOf(root)}.${domain.replaceAll(':', '-')}.tmp`

/** The names in the journal's directory, without the reusable lockfile. */
export const namesIn = (root) =>
  fs
    .readdirSync(journalDir(root))
    .filter((name) => !isReusable(name))
    .sort()

export const isReusable = (name) => REUSABLE.test(name)

/**
 * Whether this file system shows a write in parts, to readers and by what a killed writer leaves: ext4 and tmpfs do. On xfs readers wait
 * for the writer, on btrfs a write ends though its writer is killed; of others nothing is known.
 */
export const showsParts = () => [0xef53, 0x01021994].includes(fs.statfsSync(os.tmpdir()).type)

/** Whether a process that is killed in a write dies only at its end. Btrfs writes the whole. */
export const finishesWrites = () => fs.statfsSync(os.tmpdir()).type === 0x9123683e

export function makeRoot() {
  return fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-')))
}

export function removeRoot(root) {
  // On Windows a file can be in use for a moment after the end of a process that had it.
  fs.rmSync(root, { recursive: true, force: true, maxRetries: process.platform === 'win32' ? 10 : 0 })
}

export function writeJournal(root, content) {
  fs.mkdirSync(journalDir(root), { recursive: true })
  fs.writeFileSync(journalOf(root), content)
}

/** Everything below `root` by relative path: what kind it is, or the content of a regular file. */
export function tree(root) {
  const found = {}
  for (const name of fs.readdirSync(root, { recursive: true }).sort()) {
    const full = path.join(root, name)
    const stat = fs.lstatSync(full)
    // What ours leave behind.
    if (isReusable(path.basename(name)) && stat.isFile() && stat.size === CLAIM) continue
    found[name.split(path.sep).join('/')] = stat.isFile() ? text(fs.readFileSync(full)) : kind(stat)
  }
  return found
}

/** The tree that holds a journal with this content and nothing else. */
export function onlyJournal(content) {
  return { '.codegraph': '(directory)', '.codegraph/changes.journal': content }
}

/** Bytes in a form that two of them share only if they are equal, and that a person can read. */
export function text(bytes) {
  return isUtf8(bytes) ? bytes.toString('utf8') : `(not UTF-8) ${bytes.toString('latin1')}`
}

function kind(stat) {
  if (stat.isDirectory()) return '(directory)'
  if (stat.isSymbolicLink()) return '(symbolic link)'
  return stat.isFIFO() ? '(fifo)' : '(other)'
}

// System calls as strace prints them: which call, on which of the journal's files. And those that only ours make, as the page lists them.

import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { isReusable, journalDir, journalOf, lockOf, reusableOf } from './place.mjs'

export const PAGE = fileURLToPath(new URL('../docs/system-calls.md', import.meta.url))

/** What is one call by several names: the names differ by architecture, C library and language. The first is the page's. */
const NAMES = [
  ['openat', 'open'],
  ['read', 'pread64', 'readv'],
  ['write', 'writev'],
  ['statx', 'stat', 'lstat', 'fstat', 'newfstatat', 'access', 'faccessat', 'faccessat2', 'readlink', 'readlinkat'],
  ['link', 'linkat'],
  ['rename', 'renameat'],
  ['unlink', 'unlinkat'],
  ['mkdir', 'mkdirat'],
  ['fdatasync', 'fsync'],
  ['clone', 'clone3'],
]

/** The page's name of a call. */
const nameOf = (call) => NAMES.find((names) => names.includes(call))?.[0] ?? call

/** All the names of a call that the page calls so, for strace: not every architecture has each. */
export const namesOf = (name) => (NAMES.find(([first]) => first === name) ?? [name]).map((each) => `?${each}`).join()

/** The files that the page distinguishes. `null`: its path is another one each time, so strace can't be given it. */
export const FILES = {
  lockfile: lockOf,
  'reusable lockfile': reusableOf,
  journal: journalOf,
  directory: journalDir,
  'boot id': () => '/proc/sys/kernel/random/boot_id',
  'PID namespace': () => '/proc/self/ns/pid',
  'private lockfile': null,
  'private journal': null,
  none: null,
}

/** Which of them a path names. */
function fileOf(name, root) {
  const { dir, base } = path.parse(name)
  if (isReusable(base)) return 'reusable lockfile'
  for (const [file, of] of Object.entries(FILES)) if (of !== reusableOf && of?.(root) === name) return file
  if (dir !== journalDir(root)) return undefined
  if (/^changes\.journal(\.lock\..*\.journal)?\.tmp$/.test(base)) return 'private journal'
  if (/^changes\.journal\.lock\..*\.tmp$/.test(base)) return 'private lockfile'
  throw new Error(`nobody knows the file ${name}`)
}

/** What these are given beside a descriptor are contents, and no path. */
const OF_CONTENTS = ['read', 'write', 'pwrite64']

/**
 * A line of strace as { name, file }: one of the files above, another path, or none. Of two paths the second one counts, the new name. Making,
 * filling, renaming and removing a private file is what the original does as well, though with other files: so these count for the directory.
 */
export function callOf(line, root) {
  const [, call] = /^(\w+)\(/.exec(line)
  let name = nameOf(call)
  // A name in an open directory, as a path.
  const whole = line.slice(0, line.lastIndexOf(') = '))
  const args = OF_CONTENTS.includes(name)
    ? whole
    : whole.replaceAll(/\d+<(\/[^>]*)>, "([^"/][^"]*)"/g, '"$1/$2"').replaceAll('/."', '"')
  const paths = Array.from(args.matchAll(/"((?:[^"\\]|\\.)*)"|(?<=\d)<(\/[^>]*)>/g), ([, quoted, open]) =>
    OF_CONTENTS.includes(name) ? open : (quoted ?? open),
  ).filter((each) => each?.startsWith('/'))
  let file = paths.map((each) => fileOf(each, root)).findLast(Boolean) ?? paths.at(-1) ?? 'none'
  if (name === 'renameat2' && !line.includes('RENAME_NOREPLACE')) name = 'rename'
  // Its private name is gone: it is the lockfile by now.
  if (file === 'private lockfile' && line.includes('(deleted)')) file = 'lockfile'
  const isPrivate = file.startsWith('private')
  if ((isPrivate || file === 'lockfile') && name === 'pwrite64') name = 'write'
  if (name === 'unlink' || (isPrivate && ['write', 'rename'].includes(name))) file = 'directory'
  if (isPrivate && name === 'openat') file = 'directory'
  return { name, file }
}

/** The rows of the page's table: { names, file, told, title }. `told` are words of the warning, `undefined` if there is none. */
export function listed() {
  const rows = fs.readFileSync(PAGE, 'utf8').matchAll(/^\| (`.*?) *\| (.*?) *\|.*\| (.*?) *\|$/gm)
  return Array.from(rows, ([, calls, file, told]) => {
    if (!(file in FILES)) throw new Error(`the page names a file that nobody knows: ${file}`)
    const names = Array.from(calls.matchAll(/`(\w+)`/g), ([, name]) => nameOf(name))
    const title = `${calls.replaceAll('`', '')}, ${file}`
    return { names: [...new Set(names)], file, told: told === '–' ? undefined : told, title }
  })
}

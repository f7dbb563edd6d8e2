// Mounting and unmounting.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('fuse.c', import.meta.url))

/** Why something can't be had on this machine. */
export class Unavailable extends Error {}

/** Runs a command; one that is missing or fails is told by its first line. */
export function run(program, ...args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch ({ code, stderr, status }) {
    throw new Unavailable(
      `${program}: ${code === 'ENOENT' ? 'not installed' : stderr?.trim().split('\n')[0] || status}`,
    )
  }
}

const mounted = []

export function mount(at, ...args) {
  fs.mkdirSync(at, { recursive: true })
  run('mount', ...args, at)
  mounted.push(at)
  return at
}

/** A file system in a file beside `at`, made by a command. */
export function mountDisk(at, [program, ...args]) {
  const disk = `${at}.disk`
  fs.writeFileSync(disk, '')
  fs.truncateSync(disk, 512 * 2 ** 20)
  run(program, ...args, disk)
  return mount(at, '-o', 'loop', disk)
}

/** A directory through FUSE. An option that is an error is given by its name. */
export function mountFuse(at, behind, options = {}) {
  const program = path.join(path.dirname(at), 'fuse')
  if (!fs.existsSync(program)) {
    const flags = run('pkg-config', '--cflags', '--libs', 'fuse3').trim().split(/\s+/)
    run('cc', '-O2', '-o', program, source, ...flags)
  }
  for (const directory of [at, behind]) fs.mkdirSync(directory, { recursive: true })
  const words = Object.entries(options).map(([name, value]) =>
    value === true ? name : `${name}=${errno(value) ?? value}`,
  )
  run(program, behind, at, '-o', ['allow_other', 'default_permissions', ...words].join(','))
  mounted.push(at)
  return at
}

const errno = (name) => os.constants.errno[name]

/** Also what somebody still uses: it is gone when they are. */
export function unmountAll() {
  for (const at of mounted.splice(0).reverse()) run('umount', '--lazy', at)
}

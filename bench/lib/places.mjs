// Where it is measured: a file system on a disk, and one in memory.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** By the magic number of `statfs`. */
const TYPES = {
  0xef53: 'ext4',
  0x01021994: 'tmpfs',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x794c7630: 'overlay',
  0x6969: 'nfs',
  0x2fc12fc1: 'zfs',
}

const IN_MEMORY = '/dev/shm'

/**
 * Makes an empty directory on each file system to measure on: below `dir`, or the temporary directory's and one in memory.
 * Those of one type are one: { type, dir }.
 */
export function makePlaces(dir) {
  const parents = dir ? [dir] : [os.tmpdir(), IN_MEMORY].filter((parent) => fs.existsSync(parent))
  const places = new Map()
  for (const parent of parents) {
    const { type: magic } = fs.statfsSync(parent)
    const type = TYPES[magic] ?? `0x${magic.toString(16)}`
    if (!places.has(type)) places.set(type, fs.mkdtempSync(path.join(parent, 'codegraph-journal-bench-')))
  }
  return [...places].map(([type, dir]) => ({ type, dir }))
}

export function removePlaces(places) {
  for (const { dir } of places) fs.rmSync(dir, { recursive: true, force: true, maxRetries: 10 })
}

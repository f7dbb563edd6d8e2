// Where it is measured: a file system on a disk, and one in memory.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Unavailable, mountDisk, unmountAll } from '../../testkit/mounts.mjs'

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
 * Makes an empty directory on each file system to measure on: below `dir`, or a new ext4 and one in memory. Those of one type are
 * one: { type, dir }.
 */
export function makePlaces(dir) {
  const parents = dir ? [dir] : [newDisk() ?? os.tmpdir(), IN_MEMORY].filter((parent) => fs.existsSync(parent))
  const places = new Map()
  for (const parent of parents) {
    const { type: magic } = fs.statfsSync(parent)
    const type = TYPES[magic] ?? `0x${magic.toString(16)}`
    if (!places.has(type)) places.set(type, makeDirectory(parent))
  }
  return [...places].map(([type, dir]) => ({ type, dir }))
}

const made = []

function makeDirectory(parent) {
  const directory = fs.mkdtempSync(path.join(parent, 'codegraph-journal-bench-'))
  made.push(directory)
  return directory
}

/**
 * Mounts a new ext4 from a file in the temporary directory; undefined where that can't be done.
 *
 * What is there already may be without a journal, as those of virtual machines often are. Such an ext4 gives no inode of a file that was
 * removed in the last minutes to a new one, and looks at all of them to find another: a call, ours or the JS module's, then takes 60 or
 * 800 µs for what was done before. And it may have any age, and neighbours.
 */
function newDisk() {
  const directory = makeDirectory(os.tmpdir())
  try {
    return mountDisk(path.join(directory, 'ext4'), ['mkfs.ext4', '-q', '-N', '131072'])
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    console.error(`No new ext4 can be mounted (${error.message}); measured is where the temporary directory is.`)
  }
}

export function removePlaces() {
  unmountAll() // with all that is on it
  for (const directory of made) fs.rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
}

// What a macOS library says of itself. The names are those of Apple's <mach-o/loader.h> and <kern/cs_blobs.h>.

import crypto from 'node:crypto'

const LC_VERSION_MIN_MACOSX = 0x24
const LC_BUILD_VERSION = 0x32
const LC_CODE_SIGNATURE = 0x1d
const CODE_DIRECTORY = 0xfade0c02
const SHA256 = 2

/** The oldest macOS that it can be loaded on. */
export function oldestMacOS(bytes) {
  for (const { command, at } of loadCommands(bytes)) {
    if (command !== LC_BUILD_VERSION && command !== LC_VERSION_MIN_MACOSX) continue
    const version = bytes.readUInt32LE(at + (command === LC_BUILD_VERSION ? 12 : 8))
    return `${version >>> 16}.${(version >>> 8) & 0xff}`
  }
  throw new Error('it does not say what macOS it wants')
}

/** How many pages its signature covers. Throws unless each of them has the hash that the signature names: macOS ends a process that loads others. */
export function signedPages(bytes) {
  const found = loadCommands(bytes).find(({ command }) => command === LC_CODE_SIGNATURE)
  if (!found) throw new Error('it is not signed')
  const blob = bytes.subarray(bytes.readUInt32LE(found.at + 8))
  const directory = codeDirectory(blob)
  const field = (at) => directory.readUInt32BE(at)
  const [hashes, count, limit] = [field(16), field(28), field(32)]
  const [size, kind, page] = [directory[36], directory[37], 2 ** directory[39]]
  if (kind !== SHA256) throw new Error(`its signature has hashes of kind ${kind}`)
  if (limit !== bytes.length - blob.length || count !== Math.ceil(limit / page))
    throw new Error('its signature does not cover all of it')
  for (let number = 0; number < count; number++) {
    const part = bytes.subarray(number * page, Math.min((number + 1) * page, limit))
    const expected = directory.subarray(hashes + number * size, hashes + (number + 1) * size)
    if (!crypto.createHash('sha256').update(part).digest().equals(expected))
      throw new Error(`page ${number} is not the one that was signed`)
  }
  return count
}

function codeDirectory(blob) {
  const count = blob.readUInt32BE(8)
  for (let number = 0; number < count; number++) {
    const at = blob.readUInt32BE(12 + 8 * number + 4)
    if (blob.readUInt32BE(at) === CODE_DIRECTORY) return blob.subarray(at)
  }
  throw new Error('its signature has no code directory')
}

function loadCommands(bytes) {
  const HEADER = 32
  const found = []
  let at = HEADER
  for (let left = bytes.readUInt32LE(16); left > 0; left--) {
    found.push({ command: bytes.readUInt32LE(at), at })
    at += bytes.readUInt32LE(at + 4)
  }
  return found
}

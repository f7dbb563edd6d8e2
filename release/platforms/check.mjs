// What a binary asks of the system that loads it, and how large it is.

import fs from 'node:fs'
import { LARGEST } from './list.mjs'

/** Tells it; throws if it is more than was promised. */
export function check(binary, { floor, target, elsewhere }) {
  const bytes = fs.readFileSync(binary)
  const told = [`${bytes.length} bytes`]
  if (target.endsWith('linux-gnu')) {
    const newest = newestGlibc(bytes)
    if (isNewer(newest, floor)) throw new Error(`${binary} wants glibc ${newest}, newer than ${floor}`)
    told.push(`wants glibc ${newest}`)
  }
  if (target.includes('darwin')) {
    const oldest = oldestMacOS(bytes)
    if (isNewer(oldest, floor)) throw new Error(`${binary} wants macOS ${oldest}, newer than ${floor}`)
    told.push(`wants macOS ${oldest}`)
  }
  if (!bytes.includes('napi_register_module_v1')) throw new Error(`${binary} exports no Node-API module`)
  if (bytes.length > LARGEST) throw new Error(`${binary} has ${bytes.length} bytes, over ${LARGEST}`)
  // Published is what the system's own tools link.
  if (process.platform === 'linux' && (elsewhere || target.includes('darwin'))) told.push('for tests only')
  return told.join(', ')
}

/** The newest version of a symbol that it imports: they stand by name in its string table. */
function newestGlibc(bytes) {
  const versions = [...bytes.toString('latin1').matchAll(/GLIBC_(\d+(?:\.\d+)+)\0/g)].map(([, version]) => version)
  if (versions.length === 0) throw new Error('it imports nothing of glibc')
  return versions.reduce((a, b) => (isNewer(b, a) ? b : a))
}

/** As one of the load commands behind the header of a Mach-O file has it. */
function oldestMacOS(bytes) {
  const HEADER = 32
  const BUILD_VERSION = 0x32
  const VERSION_MIN = 0x24
  const count = bytes.readUInt32LE(16)
  for (let number = 0, at = HEADER; number < count; number++, at += bytes.readUInt32LE(at + 4)) {
    const command = bytes.readUInt32LE(at)
    if (command !== BUILD_VERSION && command !== VERSION_MIN) continue
    const version = bytes.readUInt32LE(at + (command === BUILD_VERSION ? 12 : 8))
    return `${version >>> 16}.${(version >>> 8) & 0xff}`
  }
  throw new Error('it does not say what macOS it wants')
}

function isNewer(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number))
  const at = x.findIndex((part, index) => part !== (y[index] ?? 0))
  return at >= 0 && x[at] > (y[at] ?? 0)
}

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
  if (!bytes.includes('napi_register_module_v1')) throw new Error(`${binary} exports no Node-API module`)
  // One that was linked elsewhere, for tests, is not stripped.
  const forTests = elsewhere || target.includes('darwin') ? process.platform === 'linux' : false
  if (bytes.length > LARGEST && !forTests) throw new Error(`${binary} has ${bytes.length} bytes, over ${LARGEST}`)
  if (forTests) told.push('for tests only')
  return told.join(', ')
}

/** The newest version of a symbol that it imports: they stand by name in its string table. */
function newestGlibc(bytes) {
  const versions = [...bytes.toString('latin1').matchAll(/GLIBC_(\d+(?:\.\d+)+)\0/g)].map(([, version]) => version)
  if (versions.length === 0) throw new Error('it imports nothing of glibc')
  return versions.reduce((a, b) => (isNewer(b, a) ? b : a))
}

function isNewer(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number))
  const at = x.findIndex((part, index) => part !== (y[index] ?? 0))
  return at >= 0 && x[at] > (y[at] ?? 0)
}

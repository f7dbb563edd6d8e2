// What a binary asks of the system that loads it, and how large it is.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { LARGEST } from './list.mjs'
import { oldestMacOS, signedPages } from './macho.mjs'
import { importedLibraries } from './pe.mjs'

/** What Windows 10 has. `api-ms-win-crt-…` is its C library. Microsoft's C++ runtime is not among them: neither Windows nor Node brings it. */
const OF_WINDOWS = /^(advapi32|bcrypt|bcryptprimitives|kernel32|ntdll|userenv|ws2_32)\.dll$|^api-ms-win-(core|crt)-/

/** Returns it in words; throws if it is more than was promised. */
export function check(binary, { floor, target, elsewhere }) {
  const bytes = fs.readFileSync(binary)
  const told = [`${bytes.length} bytes`]
  if (target.endsWith('linux-gnu')) {
    const newest = newestGlibc(bytes)
    if (isNewer(newest, floor)) throw new Error(`${binary} wants glibc ${newest}, newer than ${floor}`)
    told.push(`wants glibc ${newest}`)
  }
  if (target.includes('windows')) {
    const libraries = importedLibraries(bytes)
    const missing = libraries.filter((name) => !OF_WINDOWS.test(name))
    if (missing.length > 0) throw new Error(`${binary} wants ${missing.join(', ')}, which Windows does not have`)
    told.push(`wants ${libraries.join(', ')}`)
  }
  if (target.includes('darwin')) {
    const oldest = oldestMacOS(bytes)
    if (isNewer(oldest, floor)) throw new Error(`${binary} wants macOS ${oldest}, newer than ${floor}`)
    told.push(`wants macOS ${oldest}`)
    // Apple's processors load nothing else.
    if (target.startsWith('aarch64')) told.push(`signed, ${signedPages(bytes)} pages`)
    if (target.startsWith('aarch64') && process.platform === 'darwin')
      execFileSync('codesign', ['--verify', '--strict', binary], { stdio: 'inherit' })
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

function isNewer(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number))
  const at = x.findIndex((part, index) => part !== (y[index] ?? 0))
  return at >= 0 && x[at] > (y[at] ?? 0)
}

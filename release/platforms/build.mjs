// Builds a platform's binary. Rust's standard library is built with it, without what prints backtraces: a quarter less than
// `npm run build` makes.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { home, install, rust, zig } from './tools.mjs'

const STD = ['-Z', 'build-std=std,panic_unwind', '-Z', 'build-std-features=panic-unwind']

/** Returns where it is. */
export function build(name, { target, elsewhere, zig: always, floor }) {
  const native = process.platform === name.split('-')[0]
  const zigs = always || !native
  if (!native && elsewhere) target = elsewhere
  const glibc = name.endsWith('-gnu') ? `.${floor}` : ''

  const env = { ...process.env, ...rust() }
  if (name.startsWith('darwin')) env.MACOSX_DEPLOYMENT_TARGET = floor
  // What zig's linker leaves for macOS only LLVM's strip can read.
  const isForeignMac = name.startsWith('darwin') && zigs
  if (isForeignMac) env.CARGO_PROFILE_RELEASE_STRIP = 'none'
  if (target.includes('windows-gnu')) env.LIBNODE_PATH = emptyLibraries()

  const cargo = ['build', '--package', 'codegraph-journal-node', '--release', '--locked', ...STD]
  const output = path.join(home, 'target/platforms')
  const args = [...cargo, '--target-dir', output, '--target', `${target}${glibc}`]
  execFileSync(zigs ? zig(env) : 'cargo', args, { cwd: home, env, stdio: 'inherit' })

  const built = path.join(output, target, 'release', library(target))
  const binary = path.join(home, `codegraph-journal.${name}.node`)
  fs.copyFileSync(built, binary)
  if (isForeignMac) {
    install('llvm-strip-16', ['llvm-16'])
    execFileSync('llvm-strip-16', ['-x', binary], { stdio: 'inherit' })
  }
  return binary
}

function library(target) {
  if (target.includes('windows')) return 'codegraph_journal_node.dll'
  return `libcodegraph_journal_node.${target.includes('darwin') ? 'dylib' : 'so'}`
}

/** napi-build and rustc ask for these by name when they link for MinGW; nothing is taken from them. */
function emptyLibraries() {
  const dir = path.join(home, 'target/platforms/empty')
  fs.mkdirSync(dir, { recursive: true })
  fs.writeFileSync(path.join(dir, 'libnode.dll'), '')
  for (const name of ['libnode.a', 'libnode.dll.a', 'libssp_nonshared.a']) {
    fs.writeFileSync(path.join(dir, name), '!<arch>\n')
  }
  return dir
}

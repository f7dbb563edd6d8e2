// What builds for another platform needs, fetched once into target/platform-tools.

import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { debianRust } from './debian.mjs'

const ZIG = ['ziglang==0.17.1', 'cargo-zigbuild==0.24.0']

export const home = fileURLToPath(new URL('../..', import.meta.url))
export const tools = path.join(home, 'target/platform-tools')

/** Makes `name` in there by `make(directory)`, whole or not at all; returns where it is. */
export function once(name, make) {
  const done = path.join(tools, name)
  if (fs.existsSync(done)) return done
  fs.mkdirSync(tools, { recursive: true })
  const staging = fs.mkdtempSync(`${done}.`)
  make(staging)
  fs.renameSync(staging, done)
  return done
}

/** Puts zig on the PATH of `env`; returns the program that has cargo link by it. */
export function zig(env) {
  const site = once('zig', (dir) => {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', dir, ...ZIG]
    execFileSync('python3', pip, { stdio: ['ignore', 'inherit', 'inherit'] })
  })
  env.PATH = [path.join(site, 'ziglang'), path.join(site, 'bin'), process.env.PATH].join(path.delimiter)
  return path.join(site, 'bin/cargo-zigbuild')
}

/** What makes cargo build the standard library too: this Rust, if it has its sources, else Debian's. */
export function rust() {
  const sysroot = execFileSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' }).trim()
  const hasSources = fs.existsSync(path.join(sysroot, 'lib/rustlib/src/rust/library/std'))
  // A stable compiler builds its library only with this set.
  return { RUSTC_BOOTSTRAP: '1', ...(!hasSources && { RUSTC: debianRust() }) }
}

/** Debian packages, if a program of theirs is missing. */
export function install(program, packages) {
  if (spawnSync('which', [program]).status === 0) return
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
  const flags = ['install', '-y', '-qq', '--no-install-recommends']
  execFileSync('apt-get', [...flags, ...packages], { stdio: ['ignore', 'ignore', 'inherit'] })
}

// Debian 12's Rust, which comes with its sources, for machines that can't fetch those of their own; and what other suites have.
// Unpacked in a directory of its own: nothing is installed.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { once } from './tools.mjs'

const text = (program, ...args) => execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 })

/** A rustc that finds its sources; returns its path. */
export function debianRust() {
  const root = once('debian-rust', (dir) => {
    text('apt-get', 'update', '-qq')
    const version = /^Version: (\d+\.\d+)/m.exec(text('apt-cache', 'show', 'rustc-web'))[1]
    const std = `libstd-rust-web-${version}`
    const llvm = /Depends: (libllvm\d+)/.exec(text('apt-cache', 'depends', std))[1]
    const packages = ['rustc-web', 'rust-web-src', 'libstd-rust-web-dev', std, llvm, 'libz3-4', 'libxml2', 'libicu72']
    unpack(packages, dir)
  })
  const wrapper = path.join(root, 'rustc')
  const libraries = path.join(root, 'usr/lib/x86_64-linux-gnu')
  const script = `#!/bin/sh\nLD_LIBRARY_PATH='${libraries}' exec '${root}/usr/bin/rustc' "$@"\n`
  fs.writeFileSync(wrapper, script, { mode: 0o755 })
  return wrapper
}

/** The dynamic loader of Debian 13's musl: Node's builds want 1.2.4, Debian 12 has 1.2.3. */
export function muslLoader() {
  const root = once('musl', (dir) => {
    const own = (name) => path.join(dir, 'apt', name)
    for (const name of ['lists/partial', 'cache/archives/partial']) fs.mkdirSync(own(name), { recursive: true })
    const sources = text('sh', '-c', 'cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true')
    const mirror = /\S+:\/\/\S+\/debian\/?(?=\s)/.exec(sources)[0]
    const key = '/usr/share/keyrings/debian-archive-keyring.gpg'
    fs.writeFileSync(own('sources.list'), `deb [signed-by=${key}] ${mirror} trixie main\n`)
    fs.writeFileSync(own('status'), '')
    const settings = { '': own(''), '::Lists': own('lists'), '::status': own('status') }
    const options = [
      ...Object.entries(settings).map(([key, value]) => `Dir::State${key}=${value}`),
      `Dir::Cache=${own('cache')}`,
      `Dir::Etc::SourceList=${own('sources.list')}`,
      'Dir::Etc::SourceParts=/dev/null',
      'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option])
    text('apt-get', ...options, 'update', '-qq')
    unpack(['musl'], dir, options)
    // By this name a process is known to run on musl.
    fs.copyFileSync(path.join(dir, 'usr/lib/x86_64-linux-musl/libc.so'), path.join(dir, 'ld-musl-x86_64.so.1'))
  })
  return path.join(root, 'ld-musl-x86_64.so.1')
}

function unpack(packages, dir, options = []) {
  execFileSync('apt-get', [...options, 'download', '-qq', ...packages], {
    cwd: dir,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  for (const name of fs.readdirSync(dir).filter((name) => name.endsWith('.deb'))) {
    text('dpkg', '-x', path.join(dir, name), dir)
    fs.rmSync(path.join(dir, name))
  }
}

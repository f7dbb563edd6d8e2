'use strict'
// Loads the addon, and takes what its functions return.

const { existsSync } = require('node:fs')
const { join } = require('node:path')

const here = `${process.platform}-${process.arch}`
const tried = []

/**
 * Loads the binary of a platform; undefined if there is none. Each file has a literal `require` of its own, because bundlers follow no other. It is
 * in a `try`, where bundlers accept that the file is missing.
 */
function load(target, isLocal) {
  try {
    if (isLocal) {
      if (target === 'darwin-arm64') return require('../codegraph-journal.darwin-arm64.node')
      if (target === 'darwin-x64') return require('../codegraph-journal.darwin-x64.node')
      if (target === 'linux-arm64-gnu') return require('../codegraph-journal.linux-arm64-gnu.node')
      if (target === 'linux-x64-gnu') return require('../codegraph-journal.linux-x64-gnu.node')
      if (target === 'linux-x64-musl') return require('../codegraph-journal.linux-x64-musl.node')
      if (target === 'win32-x64-msvc') return require('../codegraph-journal.win32-x64-msvc.node')
      if (target === 'win32-arm64-msvc') return require('../codegraph-journal.win32-arm64-msvc.node')
    } else {
      if (target === 'darwin-arm64') return require('codegraph-journal-darwin-arm64')
      if (target === 'darwin-x64') return require('codegraph-journal-darwin-x64')
      if (target === 'linux-arm64-gnu') return require('codegraph-journal-linux-arm64-gnu')
      if (target === 'linux-x64-gnu') return require('codegraph-journal-linux-x64-gnu')
      if (target === 'linux-x64-musl') return require('codegraph-journal-linux-x64-musl')
      if (target === 'win32-x64-msvc') return require('codegraph-journal-win32-x64-msvc')
      if (target === 'win32-arm64-msvc') return require('codegraph-journal-win32-arm64-msvc')
    }
  } catch (cause) {
    tried.push(cause)
  }
}

/** Tries a build of this checkout first, then what npm has installed. Of the binaries for two C libraries it takes the one that loads. */
function loadAny() {
  for (const isLocal of [true, false])
    for (const libc of ['', '-gnu', '-musl', '-msvc']) {
      const native = load(here + libc, isLocal)
      if (native) return native
    }
  const isMissing = ({ code }) => code === 'MODULE_NOT_FOUND'
  const cause = tried.find((each) => !isMissing(each)) ?? tried[0]
  const lines = tried.map(({ message }) => `  ${message.split('\n')[0]}\n`)
  const message = `codegraph-journal has no binary for ${here} that loads here. Tried:\n${lines.join('')}`
  throw Object.assign(new Error(message + advice(cause, isMissing), { cause }), { code: 'ERR_JOURNAL_NO_BINARY' })
}

/** What to do, by the cause. */
function advice(cause, isMissing) {
  if (!cause)
    return 'There is none for this platform: keep the JavaScript module, or build it from a clone with Rust: npm run setup'
  if (/ERR_DLOPEN_DISABLED|ERR_ACCESS_DENIED/.test(cause.code))
    return 'Node forbids addons here: leave out --no-addons; with --permission add --allow-addons, and --allow-fs-read for this package'
  if (/Operation not permitted|failed to map segment/.test(cause.message))
    return 'Nothing may be executed from where it is installed: install on a file system that is not mounted noexec'
  if (!isMissing(cause)) return 'A binary is there and does not load: see above. Install again, on this very machine'
  if (existsSync(join(__dirname, '../Cargo.toml'))) return 'This is a clone, and has to be built first: npm run setup'
  if (!require('../package.json').optionalDependencies)
    return 'This tarball was packed from a clone, without a binary: build the clone (npm run setup), and install its directory instead'
  return 'npm has left out its package, an optional one: install again without --omit=optional, and remove package-lock.json if it was made on another platform'
}

/**
 * What a function of the addon has returned. None of them returns undefined. But while a worker thread is being terminated it can run on for a moment
 * in which the addon can't throw. Then Node returns undefined in place of the error.
 */
function outcome(returned) {
  if (returned !== undefined) return returned
  const error = new Error('This thread is being terminated: whether the call was carried out is not known')
  throw Object.assign(error, { code: 'ERR_JOURNAL_TERMINATED' })
}

module.exports = { native: loadAny(), outcome }

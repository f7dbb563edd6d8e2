'use strict'
// The native functions: the loader, and how an outcome of theirs is taken.

const { platform, arch } = process

/** The prebuilt binary's name for this platform; the packages are in `npm/`. */
function target() {
  if (platform === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`
  if (platform === 'win32') return `win32-${arch}-msvc`
  return `${platform}-${arch}`
}

/** By the C library that this very process runs on, not by what else is installed on the machine. */
function isMusl() {
  try {
    return require('node:fs').readFileSync('/proc/self/maps', 'latin1').includes('ld-musl-')
  } catch {
    return false // no /proc: the common case
  }
}

function load() {
  const name = target()
  const tried = []
  // A build of this checkout first, then the platform package that npm has installed.
  for (const candidate of [`../codegraph-journal.${name}.node`, `codegraph-journal-${name}`]) {
    try {
      return require(candidate)
    } catch (cause) {
      tried.push({ candidate, cause })
    }
  }
  const error = new Error(
    `codegraph-journal has no binary for ${platform} ${arch} (${name}) that loads here. Tried:\n` +
      tried.map(({ candidate, cause }) => `  ${candidate}: ${cause.message.split('\n')[0]}`).join('\n') +
      `\nInstall again without --omit=optional, remove package-lock.json if it was made on another platform, ` +
      `or build it from a checkout: npm run setup`,
  )
  error.code = 'ERR_JOURNAL_NO_BINARY'
  error.cause = tried.find(({ cause }) => cause.code !== 'MODULE_NOT_FOUND')?.cause ?? tried[0].cause
  throw error
}

/**
 * What a native function has returned. None of them returns undefined; Node does so in place of an error when a worker thread is being
 * terminated, for such a thread can run on for a moment in which native code can't throw.
 */
function outcome(returned) {
  if (returned !== undefined) return returned
  const error = new Error('This thread is being terminated: whether the call was carried out can not be told')
  throw Object.assign(error, { code: 'ERR_JOURNAL_TERMINATED' })
}

module.exports = { native: load(), outcome }

'use strict'

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
  for (const candidate of [`./codegraph-journal.${name}.node`, `codegraph-journal-${name}`]) {
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

const native = load()

// Where the lines of a call are encoded, if they fit: a buffer of its own for each costs more than the encoding.
const scratch = Buffer.allocUnsafeSlow(1 << 18)

/**
 * The lines to write, in UTF-8: far cheaper to hand over than the objects. Valid until the next call.
 * Undefined if the entries are not all of the shape that the types ask for; then the objects are looked at, which tells why.
 */
function encode(entries) {
  if (!Array.isArray(entries)) return undefined
  const lines = new Array(entries.length)
  for (let i = 0; i < lines.length; i++) {
    const entry = entries[i]
    if (typeof entry !== 'object' || entry === null) return undefined
    const { file } = entry
    if (typeof file !== 'string') return undefined
    if (entry.deleted) lines[i] = `DELETED ${file}`
    else if (file.charCodeAt(0) !== D || !file.startsWith('DELETED ')) lines[i] = file
    else return undefined
  }
  lines.push('') // for the newline of the last one
  const text = lines.join('\n')
  return 3 * text.length <= scratch.length ? scratch.subarray(0, scratch.write(text)) : Buffer.from(text)
}

const D = 'D'.charCodeAt(0)

/** The functions of one dialect, over the native ones. */
function dialect(native) {
  return {
    JOURNAL_FILENAME: native.JOURNAL_FILENAME,
    appendJournalEntries(dir, entries) {
      native.appendJournalEntries(dir, entries, encode(entries))
    },
    appendJournalEntriesAndStampHeader(dir, entries, timestamp) {
      native.appendJournalEntriesAndStampHeader(dir, entries, timestamp, encode(entries))
    },
    readJournal(dir) {
      return native.readJournal(dir)
    },
    writeJournalHeader(dir, timestamp) {
      native.writeJournalHeader(dir, timestamp)
    },
  }
}

const root = dialect(native)

// One by one, so that `import { … } from 'codegraph-journal'` finds the names.
module.exports.JOURNAL_FILENAME = root.JOURNAL_FILENAME
module.exports.appendJournalEntries = root.appendJournalEntries
module.exports.appendJournalEntriesAndStampHeader = root.appendJournalEntriesAndStampHeader
module.exports.readJournal = root.readJournal
module.exports.writeJournalHeader = root.writeJournalHeader
module.exports.dir = dialect(native.dir)

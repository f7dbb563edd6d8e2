'use strict'

const { invalidType } = require('./arguments.js')

// The lines of a call are encoded here, if they fit. A new buffer for each call would cost more than the encoding.
const scratch = Buffer.allocUnsafeSlow(1 << 20)

/**
 * Entries as the addon takes them: their number, the lines to write in UTF-8, and the same lines as strings. Lines are far cheaper to hand over than
 * objects. The result is valid until the next call. Each field of an entry is read once.
 */
function encode(entries) {
  if (!Array.isArray(entries)) throw invalidType('entries', 'an instance of Array', entries)
  const { length } = entries
  const lines = new Array(length)
  for (let i = 0; i < length; i++) {
    const entry = entries[i]
    if (typeof entry !== 'object' || entry === null) throw invalidType(`entries[${i}]`, 'of type object', entry)
    const { file } = entry
    if (typeof file !== 'string') throw invalidType(`entries[${i}].file`, 'of type string', file)
    if (entry.deleted) lines[i] = `DELETED ${file}`
    else lines[i] = isAmbiguous(file) ? `\n${file}` : file
  }
  lines.push('') // so that the last line has a newline, too
  const text = lines.join('\n')
  lines.pop()
  const most = 3 * text.length // bytes
  const bytes = most <= scratch.length ? scratch : Buffer.allocUnsafeSlow(most)
  return [length, bytes.subarray(0, bytes.write(text)), lines]
}

/** Whether the line of a changed file would be read as another entry. Such a line gets a line feed in front: then the addon looks at each line. */
function isAmbiguous(file) {
  const first = file.charCodeAt(0)
  return (first === D && file.startsWith('DELETED ')) || first === LINE_FEED
}

const D = 'D'.charCodeAt(0)
const LINE_FEED = '\n'.charCodeAt(0)

module.exports = { encode }

'use strict'

// Where the lines of a call are encoded, if they fit: a buffer of its own for each costs more than the encoding.
const scratch = Buffer.allocUnsafeSlow(1 << 20)

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

module.exports = { encode }

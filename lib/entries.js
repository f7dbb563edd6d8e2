'use strict'

/** So many lines are joined at once: in a longer list each costs V8 more, half as much again of 100,000. */
const BLOCK = 4096

// Where the lines of a call are encoded, if they fit: a buffer of its own for each costs more than the encoding.
const scratch = Buffer.allocUnsafeSlow(1 << 20)

/**
 * The lines to write, in UTF-8: far cheaper to hand over than the objects. Valid until the next call.
 * Undefined if the entries are not all of the shape that the types ask for; then the objects are looked at, which tells why.
 */
function encode(entries) {
  if (!Array.isArray(entries)) return undefined
  const { length } = entries
  const texts = []
  let most = 0 // bytes
  for (let begin = 0; begin < length; begin += BLOCK) {
    const text = join(entries, begin, Math.min(begin + BLOCK, length))
    if (text === undefined) return undefined
    texts.push(text)
    most += 3 * text.length
  }
  const bytes = most <= scratch.length ? scratch : Buffer.allocUnsafeSlow(most)
  let end = 0
  for (const text of texts) end += bytes.write(text, end)
  return bytes.subarray(0, end)
}

function join(entries, begin, end) {
  const lines = new Array(end - begin)
  for (let i = 0; i < lines.length; i++) {
    const entry = entries[begin + i]
    if (typeof entry !== 'object' || entry === null) return undefined
    const { file } = entry
    if (typeof file !== 'string') return undefined
    if (entry.deleted) lines[i] = `DELETED ${file}`
    else if (file.charCodeAt(0) !== D || !file.startsWith('DELETED ')) lines[i] = file
    else return undefined
  }
  lines.push('') // for the newline of the last one
  return lines.join('\n')
}

const D = 'D'.charCodeAt(0)

module.exports = { encode }

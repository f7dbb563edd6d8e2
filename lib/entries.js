'use strict'

const { invalidType } = require('./arguments.js')

/** So many lines are joined at once: in a longer list each costs V8 more, half as much again of 100,000. */
const BLOCK = 4096

// Where the lines of a call are encoded, if they fit: a buffer of its own for each costs more than the encoding.
const scratch = Buffer.allocUnsafeSlow(1 << 20)

/**
 * What the native functions take for entries: how many there are, the lines to write in UTF-8, which are far cheaper to hand over than the
 * objects, and the same lines as strings, in blocks. Valid until the next call. Each field of an entry is read once.
 */
function encode(entries) {
  if (!Array.isArray(entries)) throw invalidType('entries', 'an instance of Array', entries)
  const { length } = entries
  const blocks = []
  const texts = []
  let most = 0 // bytes
  for (let begin = 0; begin < length; begin += BLOCK) {
    const lines = linesOf(entries, begin, Math.min(begin + BLOCK, length))
    lines.push('') // for the newline of the last one
    const text = lines.join('\n')
    lines.pop()
    blocks.push(lines)
    texts.push(text)
    most += 3 * text.length
  }
  const bytes = most <= scratch.length ? scratch : Buffer.allocUnsafeSlow(most)
  let end = 0
  for (const text of texts) end += bytes.write(text, end)
  return [length, bytes.subarray(0, end), blocks]
}

function linesOf(entries, begin, end) {
  const lines = new Array(end - begin)
  for (let i = 0; i < lines.length; i++) {
    const entry = entries[begin + i]
    if (typeof entry !== 'object' || entry === null) throw invalidType(`entries[${begin + i}]`, 'of type object', entry)
    const { file } = entry
    if (typeof file !== 'string') throw invalidType(`entries[${begin + i}].file`, 'of type string', file)
    if (entry.deleted) lines[i] = `DELETED ${file}`
    else lines[i] = isAmbiguous(file) ? `\n${file}` : file
  }
  return lines
}

/** Whether a changed file's line would be read as another entry's. The line feed before it makes the native function look at each line. */
function isAmbiguous(file) {
  const first = file.charCodeAt(0)
  return (first === D && file.startsWith('DELETED ')) || first === LINE_FEED
}

const D = 'D'.charCodeAt(0)
const LINE_FEED = '\n'.charCodeAt(0)

module.exports = { encode }

// One look at the journal: its entries at this moment, and the interval in which it was read.
import fs from 'node:fs'
import path from 'node:path'

/** Milliseconds on the clock that all processes of this machine share. */
export const now = () => Number(process.hrtime.bigint()) / 1e6

export function look(rootDir) {
  const begin = now()
  let text = ''
  try {
    text = fs.readFileSync(path.join(rootDir, '.codegraph', 'changes.journal'), 'utf8')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  return { begin, end: now(), lines: text.split('\n').filter(isEntry) }
}

// The header and the positions of checkpoints are comments.
const isEntry = (line) => line.trim() !== '' && !line.startsWith('#')

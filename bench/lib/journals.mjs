// Journals to measure on: as long as asked for, each in a directory of its own.

import fs from 'node:fs'
import path from 'node:path'

/** Of the length that a stamp overwrites in place, and earlier than any that the bench stamps. */
const HEADER = '# codegraph-journal v1 1700000000000\n'

const dirOf = (root) => path.join(root, '.codegraph')
export const journalOf = (root) => path.join(dirOf(root), 'changes.journal')
export const lockfileOf = (root) => `${journalOf(root)}.lock`

/** An entry as a project of thousands of files has them, another one for each number. */
export function entry(number) {
  const [folder, file] = [number % 1000, number].map((part) => String(part).padStart(6, '0'))
  // Made of its parts as codegraph makes it: for V8 not every string is as cheap to read as any other.
  const path = [`src`, `module-${folder.slice(3)}`, `file-${file}.ts`].join('/')
  return { file: path, deleted: number % 10 === 9 }
}

/** Makes a journal of so many entries, with so many other files beside it, and returns its length in bytes. */
export function makeJournal(root, lines, others = 0) {
  fs.mkdirSync(dirOf(root), { recursive: true })
  const texts = Array.from({ length: lines }, (_, number) => {
    const { file, deleted } = entry(number)
    return `${deleted ? 'DELETED ' : ''}${file}\n`
  })
  fs.writeFileSync(journalOf(root), HEADER + texts.join(''))
  for (let number = 0; number < others; number++) fs.writeFileSync(path.join(dirOf(root), `graph-${number}.db`), '')
  settle(root)
  return fs.statSync(journalOf(root)).size
}

/**
 * Makes the journal `length` bytes long again, and adds a comment of some length: where in a page of memory it ends decides what an
 * operation costs, so no two blocks of calls are to begin at the same place.
 */
export function restoreJournal(root, length, random) {
  fs.truncateSync(journalOf(root), length)
  fs.appendFileSync(journalOf(root), `#${'-'.repeat(4096 * random())}\n`)
  settle(root)
}

/** Waits until the disk has what was written: else whoever is measured next pays for it. */
function settle(root) {
  for (const name of [journalOf(root), dirOf(root)]) {
    const file = fs.openSync(name)
    fs.fsyncSync(file)
    fs.closeSync(file)
  }
}

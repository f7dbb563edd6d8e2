// One call of the original, reported in the words of `proof/simulation/program.rs`.

import fs from 'node:fs'
import { pathToFileURL } from 'node:url'
import { originalModule } from './original.mjs'

const journal = await import(pathToFileURL(originalModule))
const [uid, operation, root, timestamp, ...words] = process.argv.slice(2)
const entries = words.map((word) => ({ file: word.slice(1), deleted: word[0] === '-' }))
const roots = words.length ? entries.map(({ file }) => `${root}/${file}`) : [root]
const call = {
  append: () => journal.appendJournalEntries(root, entries),
  header: () => journal.writeJournalHeader(root, Number(timestamp)),
  stamp: () => journal.appendJournalEntriesAndStampHeader(root, entries, Number(timestamp)),
  read: () => roots.map((each) => journal.readJournal(each)),
}[operation]

function returned(contents) {
  if (contents === undefined) return ['returned']
  return contents.flatMap(({ valid, timestamp, changed, removed }) =>
    valid
      ? [`valid ${timestamp}`, ...changed.map((name) => `+${name}`), ...removed.map((name) => `-${name}`)]
      : ['invalid'],
  )
}

function thrown(error) {
  const timeout = `Failed to acquire journal lock at ${root}/.codegraph/changes.journal.lock within 5000ms`
  return [error.message === timeout ? 'threw timeout' : `threw ${error.syscall} ${-error.errno}`]
}

if (uid !== '-') process.setuid(Number(uid))
let told
fs.existsSync('/the call begins')
try {
  told = returned(call())
} catch (error) {
  told = thrown(error)
}
fs.existsSync('/the call ends')
process.stdout.write(`${told.join('\n')}\n`)

// `--checkpoint`: the two calls by which codegraph's build reads the journal and resets it, patched: it reads with a position, and
// at its end drops only what stands before that. codegraph itself stays as it is; a process builds once.
import { Journal } from 'codegraph-journal'
import { now } from './look.mjs'

const NOTHING = { begin: 0, end: 0 }
let first // A build reads twice. What came in between goes to the next one, too.

export function readJournal(rootDir) {
  const begin = now()
  const journal = Journal.forRoot(rootDir)
  const position = journal.mark()
  const result = journal.read()
  first ??= { position, read: { begin, end: now() } }
  return result
}

/** Returns, for the audit, when that was read which is gone now. */
export function writeJournalHeader(rootDir, timestamp) {
  const { position, read } = first ?? { position: null } // a first build reads nothing
  first = undefined
  const fitted = Journal.forRoot(rootDir).checkpoint(position, timestamp)
  return position && fitted ? read : NOTHING
}

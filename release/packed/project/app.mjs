// An application for the bundlers: prints what it reads back, in both dialects.

import journal, { appendJournalEntriesAndStampHeader, readJournal } from 'codegraph-journal'
import * as inDir from 'codegraph-journal/dir'

const [root] = process.argv.slice(2)
appendJournalEntriesAndStampHeader(root, [{ file: 'a' }], 5)
console.log(JSON.stringify([readJournal(root), inDir.readJournal(`${root}/.codegraph`), journal.readJournal(root)]))

// Compiled, never run: the types as a caller meets them, in both module dialects.
import {
  JOURNAL_FILENAME,
  appendJournalEntries,
  appendJournalEntriesAndStampHeader,
  readJournal,
  writeJournalHeader,
  type JournalEntry,
  type JournalReadResult,
} from 'codegraph-journal'
import * as inDir from 'codegraph-journal/dir'

const entries: JournalEntry[] = [{ file: 'a' }, { file: 'b', deleted: true }]
const nothing: void = appendJournalEntries('/root', entries)
const stamped: void = appendJournalEntriesAndStampHeader('/root', entries, Date.now())
const reset: void = writeJournalHeader('/root', Date.now())
const result: JournalReadResult = readJournal('/root')
const changed: string[] | undefined = result.changed
const name: string = JOURNAL_FILENAME

inDir.appendJournalEntries('/root/.codegraph', entries)
inDir.appendJournalEntriesAndStampHeader('/root/.codegraph', entries, 1)
inDir.writeJournalHeader('/root/.codegraph', 1)
const same: JournalReadResult = inDir.readJournal('/root/.codegraph')

// @ts-expect-error a file name is a string
appendJournalEntries('/root', [{ file: 5 }])
// @ts-expect-error a timestamp is a number
writeJournalHeader('/root', '5')
// @ts-expect-error there is no such field
result.files

export { changed, name, nothing, reset, same, stamped }

// Compiled, never run: the types as a caller meets them, in both module dialects.
import {
  JOURNAL_FILENAME,
  Journal,
  appendJournalEntries,
  appendJournalEntriesAndStampHeader,
  appendJournalEntriesAndStampHeaderAsync,
  appendJournalEntriesAsync,
  checkpointJournal,
  checkpointJournalAsync,
  markJournal,
  markJournalAsync,
  readJournal,
  setWarningHandler,
  writeJournalHeader,
  writeJournalHeaderAsync,
  type JournalEntry,
  type JournalError,
  type JournalErrorCode,
  type JournalReadResult,
  type JournalStats,
  type JournalWarning,
  type LockHolder,
} from 'codegraph-journal'
import * as inDir from 'codegraph-journal/dir'

const entries: JournalEntry[] = [{ file: 'a' }, { file: 'b', deleted: true }]
const nothing: void = appendJournalEntries('/root', entries)
const stamped: void = appendJournalEntriesAndStampHeader('/root', entries, Date.now())
const reset: void = writeJournalHeader('/root', Date.now())
const result: JournalReadResult = readJournal('/root')
const changed: string[] | undefined = result.changed
const files: string[] = result.valid ? [...result.changed, ...result.removed] : []
const frozen: readonly JournalEntry[] = Object.freeze([{ file: 'a', deleted: undefined }])
appendJournalEntries('/root', frozen)
const code = (error: JournalError): JournalErrorCode => error.code
const name: string = JOURNAL_FILENAME

inDir.appendJournalEntries('/root/.codegraph', entries)
inDir.appendJournalEntriesAndStampHeader('/root/.codegraph', entries, 1)
inDir.writeJournalHeader('/root/.codegraph', 1)
const same: JournalReadResult = inDir.readJournal('/root/.codegraph')

const position: string | null = markJournal('/root')
const isGone: boolean = checkpointJournal('/root', position, 1)
const warned: JournalWarning[] = []
setWarningHandler((warning) => warned.push(warning))
setWarningHandler(undefined)
inDir.setWarningHandler(({ name, code, message }: inDir.JournalWarning) => console.error(name, code, message))

const { signal } = new AbortController()
const laterPosition: Promise<string | null> = markJournalAsync('/root', { signal })
const laterGone: Promise<boolean> = checkpointJournalAsync('/root', null, 1, { signal })
const inDirMark: string | null = inDir.markJournal('/root/.codegraph')
const inDirGone: boolean = inDir.checkpointJournal('/root/.codegraph', inDirMark, 1)
const promises: Promise<void>[] = [
  appendJournalEntriesAsync('/root', entries),
  appendJournalEntriesAndStampHeaderAsync('/root', entries, 1, { signal }),
  writeJournalHeaderAsync('/root', 1, {}),
  inDir.appendJournalEntriesAsync('/root/.codegraph', entries, { signal }),
  inDir.appendJournalEntriesAndStampHeaderAsync('/root/.codegraph', entries, 1),
  inDir.writeJournalHeaderAsync('/root/.codegraph', 1),
]

const journal: Journal = Journal.forRoot('/root', { lockTimeoutMs: 100, durable: true })
const one: Journal = new inDir.Journal(journal.path)
const mark: string | null = journal.mark()
journal.append(entries)
journal.appendAndStamp(entries, 1)
journal.reset(1)
const unlocked: JournalReadResult = journal.read()
const fitted: boolean = journal.checkpoint(mark, 1)
const holder: LockHolder | undefined = journal.holder()
const { longestWaitMs }: JournalStats = journal.stats()
const later: Promise<string | null> = journal.markAsync({ signal })
const laterFitted: Promise<boolean> = journal.checkpointAsync(null, 1, { signal })
promises.push(journal.appendAsync(entries), journal.appendAndStampAsync(entries, 1), journal.resetAsync(1, { signal }))

// @ts-expect-error a signal is no controller
journal.resetAsync(1, { signal: new AbortController() })
// @ts-expect-error there is no such option
new Journal('/root', { timeout: 1 })
// @ts-expect-error a position is a string or null
journal.checkpoint(journal.read(), 1)
// @ts-expect-error there may be none
mark.length
// @ts-expect-error it stays where it is
journal.path = '/elsewhere'
// @ts-expect-error a file name is a string
appendJournalEntries('/root', [{ file: 5 }])
// @ts-expect-error a timestamp is a number
writeJournalHeader('/root', '5')
// @ts-expect-error there is no such field
result.files

export {
  changed,
  code,
  files,
  fitted,
  holder,
  later,
  laterFitted,
  longestWaitMs,
  name,
  nothing,
  one,
  promises,
  reset,
  same,
  stamped,
  unlocked,
}

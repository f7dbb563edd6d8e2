import { dir } from './index.js'

export type { JournalEntry, JournalReadResult, LockHolder } from './index.js'

export declare const JOURNAL_FILENAME: typeof dir.JOURNAL_FILENAME
export declare const appendJournalEntries: typeof dir.appendJournalEntries
export declare const appendJournalEntriesAndStampHeader: typeof dir.appendJournalEntriesAndStampHeader
export declare const readJournal: typeof dir.readJournal
export declare const writeJournalHeader: typeof dir.writeJournalHeader

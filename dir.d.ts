import { dir } from './index.js'

export { Journal } from './index.js'
export type {
  AsyncOptions,
  JournalEntry,
  JournalOptions,
  JournalReadResult,
  JournalReading,
  JournalStats,
  LockHolder,
} from './index.js'

export declare const JOURNAL_FILENAME: typeof dir.JOURNAL_FILENAME
export declare const appendJournalEntries: typeof dir.appendJournalEntries
export declare const appendJournalEntriesAndStampHeader: typeof dir.appendJournalEntriesAndStampHeader
export declare const appendJournalEntriesAndStampHeaderAsync: typeof dir.appendJournalEntriesAndStampHeaderAsync
export declare const appendJournalEntriesAsync: typeof dir.appendJournalEntriesAsync
export declare const readJournal: typeof dir.readJournal
export declare const writeJournalHeader: typeof dir.writeJournalHeader
export declare const writeJournalHeaderAsync: typeof dir.writeJournalHeaderAsync

// The types of codegraph-journal/dir: the same functions, by the journal's own directory. See index.d.ts.

import type { AsyncOptions, JournalEntry, JournalReadResult } from './index.js'

export { Journal } from './index.js'
export type {
  AsyncOptions,
  InvalidJournal,
  JournalEntry,
  JournalError,
  JournalErrorCode,
  JournalOptions,
  JournalReadResult,
  JournalReading,
  JournalStats,
  LockHolder,
  ValidJournal,
} from './index.js'

/** The journal's name in its directory. */
export declare const JOURNAL_FILENAME: 'changes.journal'

/**
 * Appends entries to the journal, and returns when they are acknowledged: they are in the journal, and no writer, crash or full disk
 * takes them away before a build has read them. Waits for the lock, asleep, up to 5 s for each acquisition.
 *
 * A journal that is missing is made; it reads as `{ valid: false }` until it is stamped. An entry that no reader would get back is left
 * out, with a warning (`process.emitWarning`, code `ERR_JOURNAL_INVALID_ENTRY`) that names it; a call gives ten of them at most.
 * `append` of a {@link Journal} throws instead.
 *
 * @example
 * appendJournalEntries('/path/to/project/.codegraph', [{ file: 'src/changed.ts' }, { file: 'src/gone.ts', deleted: true }])
 *
 * @param journalDir The journal's directory; the journal is `<journalDir>/changes.journal`. The directory is made if missing.
 * @param entries What changed. No entries at all append a blank line, as codegraph's own module does.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an argument, an entry or a file name is of another type, or the directory has a
 * null byte in it. Nothing is written.
 * @throws `ERR_JOURNAL_LOCK_TIMEOUT`: others held the lock for 5 s; `holder` tells who.
 * @throws `ERR_JOURNAL_NOT_ACKNOWLEDGED`: the lock was taken away, or the journal replaced, during each of 10 attempts.
 * @throws `ERR_JOURNAL_NOT_A_FILE`: something that is no regular file stands where one of the journal's files belongs.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated, and nobody can tell whether the call was carried out.
 * @throws The system's own errors (`ENOSPC`, `EACCES`, …), in the form of Node's `fs`.
 */
export declare function appendJournalEntries(journalDir: string, entries: readonly JournalEntry[]): void

/**
 * Appends entries and stamps the header with `timestamp`: readers then know of every change up to that time. Without entries it only
 * stamps. The rest is as for {@link appendJournalEntries}.
 *
 * @example
 * appendJournalEntriesAndStampHeader('/path/to/project/.codegraph', [{ file: 'src/changed.ts' }], Date.now())
 *
 * @param journalDir The journal's directory; the journal is `<journalDir>/changes.journal`. The directory is made if missing.
 * @param entries What changed.
 * @param timestamp Milliseconds since 1970; finite and not negative.
 * @throws `ERR_JOURNAL_INVALID_TIMESTAMP`: the timestamp is infinite, negative or no number. Nothing is written.
 * @throws All that {@link appendJournalEntries} throws.
 */
export declare function appendJournalEntriesAndStampHeader(
  journalDir: string,
  entries: readonly JournalEntry[],
  timestamp: number,
): void

/**
 * Drops all entries and stamps the header with `timestamp`. The file is replaced whole.
 *
 * A journal that the system does not let be written stays as it is, with a warning: a build must not fail at its end.
 *
 * @example
 * writeJournalHeader('/path/to/project/.codegraph', Date.now())
 *
 * @param journalDir The journal's directory; the journal is `<journalDir>/changes.journal`. The directory is made if missing.
 * @param timestamp Milliseconds since 1970; finite and not negative.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an argument is of another type, or the directory has a null byte in it.
 * @throws `ERR_JOURNAL_INVALID_TIMESTAMP`: the timestamp is infinite, negative or no number.
 * @throws `ERR_JOURNAL_LOCK_TIMEOUT`: others held the lock for 5 s; `holder` tells who.
 * @throws `ERR_JOURNAL_NOT_ACKNOWLEDGED`: the lock was taken away, or the journal replaced, during each of 10 attempts.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated, and nobody can tell whether the call was carried out.
 */
export declare function writeJournalHeader(journalDir: string, timestamp: number): void

/**
 * Reads the journal, without a lock, and creates nothing. A bad or missing file is no error.
 *
 * @example
 * const journal = readJournal('/path/to/project/.codegraph')
 * if (journal.valid) rebuild(journal.changed, journal.removed)
 * else rebuildAll()
 *
 * @param journalDir The journal's directory; the journal is `<journalDir>/changes.journal`.
 * @returns `{ valid: false }` if the journal is missing, can't be read, has a bad header or was never stamped: look at all files then.
 * @throws `ERR_INVALID_ARG_TYPE`: the directory is no string.
 */
export declare function readJournal(journalDir: string): JournalReadResult

/**
 * As {@link appendJournalEntries}, without blocking: resolves when the entries are acknowledged. Asynchronous calls on one journal are done
 * in turn; see {@link Journal}.
 *
 * @throws All that {@link appendJournalEntries} throws, as a rejection.
 * @throws `ABORT_ERR`: `options.signal` was aborted before the call had the lock.
 * @throws `ERR_JOURNAL_CANCELLED`: the thread or the process ended before the call had the lock.
 */
export declare function appendJournalEntriesAsync(
  journalDir: string,
  entries: readonly JournalEntry[],
  options?: AsyncOptions,
): Promise<void>

/**
 * As {@link appendJournalEntriesAndStampHeader}, without blocking; in turn, as {@link appendJournalEntriesAsync}.
 *
 * @throws All that {@link appendJournalEntriesAndStampHeader} and {@link appendJournalEntriesAsync} throw, as a rejection.
 */
export declare function appendJournalEntriesAndStampHeaderAsync(
  journalDir: string,
  entries: readonly JournalEntry[],
  timestamp: number,
  options?: AsyncOptions,
): Promise<void>

/**
 * As {@link writeJournalHeader}, without blocking; in turn, as {@link appendJournalEntriesAsync}.
 *
 * @throws All that {@link writeJournalHeader} throws, `ABORT_ERR` and `ERR_JOURNAL_CANCELLED`, as a rejection.
 */
export declare function writeJournalHeaderAsync(
  journalDir: string,
  timestamp: number,
  options?: AsyncOptions,
): Promise<void>

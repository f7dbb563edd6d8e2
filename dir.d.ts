// The types of codegraph-journal/dir: the same functions, by the journal's own directory. See index.d.ts.

import type { AsyncOptions, JournalEntry, JournalReadResult, JournalWarning } from './index.js'

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
  JournalWarning,
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
 * Tells how far the journal has come: for a build, before it reads. Give the position to {@link checkpointJournal} at the build's end.
 *
 * A mark is a comment line at the journal's end. Writing one takes the lock, for which the call waits up to 5 s, asleep. None is written if
 * the journal has no entries or is not valid, nor if nothing came since the last mark.
 *
 * @example
 * const position = markJournal('/path/to/project/.codegraph') // at the build's start
 * const journal = readJournal('/path/to/project/.codegraph')
 * const startedAt = Date.now()
 * build(journal.valid ? [...journal.changed, ...journal.removed] : 'all')
 * checkpointJournal('/path/to/project/.codegraph', position, startedAt) // keeps what came meanwhile
 *
 * @param journalDir The journal's directory; the journal is `<journalDir>/changes.journal`.
 * @returns The position: 16 hexadecimal digits, which another process can use too. Empty for a journal that has no entries or is not valid;
 * and if it could not be told, for the journal can't be written to or others held the lock for 5 s (`NODE_DEBUG=codegraph-journal` tells why).
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: the directory is no string, or has a null byte in it.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated.
 */
export declare function markJournal(journalDir: string): string

/**
 * Drops what came up to `position`, keeps what came later, and stamps the header with `timestamp`: what a build does at its end, in place of
 * {@link writeJournalHeader}.
 *
 * A journal that can't be written stays as it is, with a warning: a build must not fail at its end. So it is too if others hold the lock for
 * 5 s; the warning then tells who. At the empty position nothing is dropped, and the header is stamped: a build that had no position can't
 * tell what it has read, and the next one reads all of it again.
 *
 * @param journalDir The journal's directory; the journal is `<journalDir>/changes.journal`. The directory is made if missing.
 * @param position From {@link markJournal} or `readToPosition` of a {@link Journal}, of this process or another.
 * @param timestamp Milliseconds since 1970; finite and not negative.
 * @returns Whether what came up to the position is gone. False if the position no longer fits, for the journal was reset or a later
 * checkpoint made: the header is then stamped all the same. False also if nothing could be written. The empty position always fits.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an argument is of another type, or the directory has a null byte in it.
 * @throws `ERR_JOURNAL_INVALID_POSITION`: a string that is no position. Nothing is written.
 * @throws `ERR_JOURNAL_INVALID_TIMESTAMP`: the timestamp is infinite, negative or no number. Nothing is written.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated, and nobody can tell whether the call was carried out.
 */
export declare function checkpointJournal(journalDir: string, position: string, timestamp: number): boolean

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

/**
 * As {@link markJournal}, without blocking; in turn, as {@link appendJournalEntriesAsync}.
 *
 * @throws `ABORT_ERR`, `ERR_JOURNAL_CANCELLED`, and all that {@link markJournal} throws, as a rejection.
 */
export declare function markJournalAsync(journalDir: string, options?: AsyncOptions): Promise<string>

/**
 * As {@link checkpointJournal}, without blocking; in turn, as {@link appendJournalEntriesAsync}.
 *
 * @throws `ABORT_ERR`, `ERR_JOURNAL_CANCELLED`, and all that {@link checkpointJournal} throws, as a rejection.
 */
export declare function checkpointJournalAsync(
  journalDir: string,
  position: string,
  timestamp: number,
  options?: AsyncOptions,
): Promise<boolean>

/**
 * Gives the package's warnings to `handler`, in place of `process.emitWarning`: to the host's own logger, say. Both entry points share one
 * handler, and each thread has its own. What the handler throws is dropped, for the write that it is told of was acknowledged.
 *
 * @example
 * setWarningHandler(({ message }) => console.error(message))
 *
 * @param handler Called during the call that warns. `undefined` or `null`: `process.emitWarning` again.
 * @throws `ERR_INVALID_ARG_TYPE`: it is no function.
 */
export declare function setWarningHandler(handler: ((warning: JournalWarning) => void) | null | undefined): void

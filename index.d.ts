// The types of codegraph-journal, written by hand: the functions, the class `Journal`, the types, the errors.
// `__test__/types.test.mjs` holds the names to what the package exports.

/** The journal's name in its directory. */
export declare const JOURNAL_FILENAME: 'changes.journal'

/**
 * Appends entries to the journal, and returns when they are acknowledged: they are in the journal, and no writer, crash or full disk
 * takes them away before a build has read them. Waits for the lock, asleep, up to 5 s for each acquisition.
 *
 * A journal that is missing is made; it reads as `{ valid: false }` until it is stamped. An entry that no reader would get back is left
 * out, with a warning (`process.emitWarning`, code `ERR_JOURNAL_INVALID_ENTRY`) that names it; a call gives ten of them at most.
 * {@link Journal.append} throws instead.
 *
 * @example
 * appendJournalEntries('/path/to/project', [{ file: 'src/changed.ts' }, { file: 'src/gone.ts', deleted: true }])
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. The directory is made if missing.
 * @param entries What changed. No entries at all append a blank line, as codegraph's own module does.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an argument, an entry or a file name is of another type, or the directory has a
 * null byte in it. Nothing is written.
 * @throws `ERR_JOURNAL_LOCK_TIMEOUT`: others held the lock for 5 s; `holder` tells who.
 * @throws `ERR_JOURNAL_NOT_ACKNOWLEDGED`: the lock was taken away, or the journal replaced, during each of 10 attempts.
 * @throws `ERR_JOURNAL_NOT_A_FILE`: something that is no regular file stands where one of the journal's files belongs.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated, and nobody can tell whether the call was carried out.
 * @throws The system's own errors (`ENOSPC`, `EACCES`, …), in the form of Node's `fs`.
 */
export declare function appendJournalEntries(rootDir: string, entries: readonly JournalEntry[]): void

/**
 * Appends entries and stamps the header with `timestamp`: readers then know of every change up to that time. Without entries it only
 * stamps. The rest is as for {@link appendJournalEntries}.
 *
 * @example
 * appendJournalEntriesAndStampHeader('/path/to/project', [{ file: 'src/changed.ts' }], Date.now())
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. The directory is made if missing.
 * @param entries What changed.
 * @param timestamp Milliseconds since 1970; finite and not negative.
 * @throws `ERR_JOURNAL_INVALID_TIMESTAMP`: the timestamp is infinite, negative or no number. Nothing is written.
 * @throws All that {@link appendJournalEntries} throws.
 */
export declare function appendJournalEntriesAndStampHeader(
  rootDir: string,
  entries: readonly JournalEntry[],
  timestamp: number,
): void

/**
 * Drops all entries and stamps the header with `timestamp`. The file is replaced whole.
 *
 * A journal that the system does not let be written stays as it is, with a warning: a build must not fail at its end.
 *
 * @example
 * writeJournalHeader('/path/to/project', Date.now())
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. The directory is made if missing.
 * @param timestamp Milliseconds since 1970; finite and not negative.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an argument is of another type, or the directory has a null byte in it.
 * @throws `ERR_JOURNAL_INVALID_TIMESTAMP`: the timestamp is infinite, negative or no number.
 * @throws `ERR_JOURNAL_LOCK_TIMEOUT`: others held the lock for 5 s; `holder` tells who.
 * @throws `ERR_JOURNAL_NOT_ACKNOWLEDGED`: the lock was taken away, or the journal replaced, during each of 10 attempts.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated, and nobody can tell whether the call was carried out.
 */
export declare function writeJournalHeader(rootDir: string, timestamp: number): void

/**
 * Reads the journal, without a lock, and creates nothing. A bad or missing file is no error.
 *
 * @example
 * const journal = readJournal('/path/to/project')
 * if (journal.valid) rebuild(journal.changed, journal.removed)
 * else rebuildAll()
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`.
 * @returns `{ valid: false }` if the journal is missing, can't be read, has a bad header or was never stamped: look at all files then.
 * @throws `ERR_INVALID_ARG_TYPE`: the directory is no string.
 */
export declare function readJournal(rootDir: string): JournalReadResult

/**
 * Tells how far the journal has come: for a build, before it reads. Give the position to {@link checkpointJournal} at the build's end.
 *
 * A mark is a comment line at the journal's end. Writing one takes the lock, for which the call waits up to 5 s, asleep. None is written if
 * the journal has no entries or is not valid, nor if nothing came since the last mark.
 *
 * @example
 * const position = markJournal('/path/to/project') // at the build's start
 * const journal = readJournal('/path/to/project')
 * const startedAt = Date.now()
 * build(journal.valid ? [...journal.changed, ...journal.removed] : 'all')
 * checkpointJournal('/path/to/project', position, startedAt) // keeps what came meanwhile
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`.
 * @returns The position: 16 hexadecimal digits, which another process can use too. Empty for a journal that has no entries or is not valid;
 * and if it could not be told, for the journal can't be written to or others held the lock for 5 s (`NODE_DEBUG=codegraph-journal` tells why).
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: the directory is no string, or has a null byte in it.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated.
 */
export declare function markJournal(rootDir: string): string

/**
 * Drops what came up to `position`, keeps what came later, and stamps the header with `timestamp`: what a build does at its end, in place of
 * {@link writeJournalHeader}.
 *
 * A journal that can't be written stays as it is, with a warning: a build must not fail at its end. So it is too if others hold the lock for
 * 5 s; the warning then tells who. At the empty position nothing is dropped, and the header is stamped: a build that had no position can't
 * tell what it has read, and the next one reads all of it again.
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. The directory is made if missing.
 * @param position From {@link markJournal} or `readToPosition` of a {@link Journal}, of this process or another.
 * @param timestamp Milliseconds since 1970; finite and not negative.
 * @returns Whether what came up to the position is gone. False if the position no longer fits, for the journal was reset or a later
 * checkpoint made: the header is then stamped all the same. False also if nothing could be written. The empty position always fits.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an argument is of another type, or the directory has a null byte in it.
 * @throws `ERR_JOURNAL_INVALID_POSITION`: a string that is no position. Nothing is written.
 * @throws `ERR_JOURNAL_INVALID_TIMESTAMP`: the timestamp is infinite, negative or no number. Nothing is written.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated, and nobody can tell whether the call was carried out.
 */
export declare function checkpointJournal(rootDir: string, position: string, timestamp: number): boolean

/**
 * As {@link appendJournalEntries}, without blocking: resolves when the entries are acknowledged. Asynchronous calls on one journal are done
 * in turn; see {@link Journal}.
 *
 * @throws All that {@link appendJournalEntries} throws, as a rejection.
 * @throws `ABORT_ERR`: `options.signal` was aborted before the call had the lock.
 * @throws `ERR_JOURNAL_CANCELLED`: the thread or the process ended before the call had the lock.
 */
export declare function appendJournalEntriesAsync(
  rootDir: string,
  entries: readonly JournalEntry[],
  options?: AsyncOptions,
): Promise<void>

/**
 * As {@link appendJournalEntriesAndStampHeader}, without blocking; in turn, as {@link appendJournalEntriesAsync}.
 *
 * @throws All that {@link appendJournalEntriesAndStampHeader} and {@link appendJournalEntriesAsync} throw, as a rejection.
 */
export declare function appendJournalEntriesAndStampHeaderAsync(
  rootDir: string,
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
  rootDir: string,
  timestamp: number,
  options?: AsyncOptions,
): Promise<void>

/**
 * As {@link markJournal}, without blocking; in turn, as {@link appendJournalEntriesAsync}.
 *
 * @throws `ABORT_ERR`, `ERR_JOURNAL_CANCELLED`, and all that {@link markJournal} throws, as a rejection.
 */
export declare function markJournalAsync(rootDir: string, options?: AsyncOptions): Promise<string>

/**
 * As {@link checkpointJournal}, without blocking; in turn, as {@link appendJournalEntriesAsync}.
 *
 * @throws `ABORT_ERR`, `ERR_JOURNAL_CANCELLED`, and all that {@link checkpointJournal} throws, as a rejection.
 */
export declare function checkpointJournalAsync(
  rootDir: string,
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

/**
 * A journal, by the directory that it is in. A `Journal` keeps no file open. Any number of them, of threads and of processes may use one
 * journal, together with the functions.
 *
 * Asynchronous calls on one journal are done one after another, in the order in which they were made, whichever object or function made
 * them. Each runs on a thread of its own, so that neither the event loop nor Node's thread pool ever waits. Their arguments are checked and
 * copied at once; what a synchronous call would throw is what the promise is rejected with. A synchronous call made meanwhile goes first if
 * it can. A call that fails does not hold up those after it.
 *
 * A journal that is named by two paths, one through a symbolic link, has turns of its own under each: its calls exclude each other all the
 * same, and keep no order between the two.
 *
 * When the process exits, or the worker thread ends, calls that wait are dropped (`ERR_JOURNAL_CANCELLED`, if anybody still hears of it), and
 * those that have the lock are given 250 ms to finish.
 *
 * @example
 * const journal = Journal.forRoot('/path/to/project')
 * const { valid, changed, removed, position } = journal.readToPosition()
 * const startedAt = Date.now()
 * build(valid ? [...changed, ...removed] : 'all')
 * journal.checkpoint(position, startedAt) // drops what was read, keeps what came meanwhile
 */
export declare class Journal {
  /**
   * @param journalDir The directory that holds the journal; a relative one is resolved now. Made by the first write if missing.
   * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`: an argument is of another type, has a null byte in it, is
   * below 0, or is an option that is not known.
   */
  constructor(journalDir: string, options?: JournalOptions)

  /** The journal of a project: `<rootDir>/.codegraph/changes.journal`. */
  static forRoot(rootDir: string, options?: JournalOptions): Journal

  /** Where it is: the absolute path of its file. */
  readonly path: string

  /** Reads the journal without a lock, as {@link readJournal}. Creates and writes nothing. */
  read(): JournalReadResult

  /**
   * Reads the journal, and tells how far. Never throws for a bad, missing or unwritable journal: look at all files if it is not `valid`.
   *
   * To tell how far, it writes a comment line into a valid journal, which takes the lock; not if the journal has no entries, nor if nothing
   * came since the last such line. While others hold the lock it waits, up to `lockTimeoutMs`, and then does without a position
   * (`NODE_DEBUG=codegraph-journal` tells why).
   *
   * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated.
   */
  readToPosition(): JournalReading

  /**
   * Appends entries; see {@link appendJournalEntries}.
   *
   * @throws `ERR_JOURNAL_INVALID_ENTRY`, with `index`, `file` and `reason`: no reader would get that entry back. Nothing is written.
   * @throws All that {@link appendJournalEntries} throws.
   */
  append(entries: readonly JournalEntry[]): void

  /**
   * Appends entries and stamps the header; see {@link appendJournalEntriesAndStampHeader}.
   *
   * @throws All that {@link append} and {@link appendJournalEntriesAndStampHeader} throw.
   */
  appendAndStamp(entries: readonly JournalEntry[], timestamp: number): void

  /**
   * Drops all entries, unread ones too, and stamps the header with `timestamp`, in milliseconds since 1970.
   *
   * @throws All that {@link writeJournalHeader} throws, and the system's own errors when it can't be written.
   */
  reset(timestamp: number): void

  /**
   * Drops what was read up to `position`, keeps what came later, and stamps the header with `timestamp`, in milliseconds since 1970.
   *
   * Entries that others append meanwhile are kept whatever they do besides: stamp the header, rewrite the journal, compact it. A
   * position that no longer fits, for the journal was reset or a later checkpoint made, drops nothing, and the header is
   * stamped all the same. Only the newest 8 positions survive a compaction.
   *
   * @param position From {@link readToPosition}, of this process or another.
   * @returns Whether the position still fitted. The empty one always does.
   * @throws `ERR_JOURNAL_INVALID_POSITION`: a string that no read gives. Nothing is written.
   * @throws All that {@link reset} throws.
   */
  checkpoint(position: string, timestamp: number): boolean

  /** As {@link append}, without blocking. */
  appendAsync(entries: readonly JournalEntry[], options?: AsyncOptions): Promise<void>
  /** As {@link appendAndStamp}, without blocking. */
  appendAndStampAsync(entries: readonly JournalEntry[], timestamp: number, options?: AsyncOptions): Promise<void>
  /** As {@link reset}, without blocking. */
  resetAsync(timestamp: number, options?: AsyncOptions): Promise<void>
  /** As {@link readToPosition}, without blocking. Rejects if it is aborted, for other arguments than these, or if no thread is to be had. */
  readToPositionAsync(options?: AsyncOptions): Promise<JournalReading>
  /** As {@link checkpoint}, without blocking. */
  checkpointAsync(position: string, timestamp: number, options?: AsyncOptions): Promise<boolean>

  /**
   * Who holds the lock at this moment. Undefined if nobody does, or its lockfile does not tell. The lockfile of a writer that was killed
   * stays until the next write, and is told like any other.
   */
  holder(): LockHolder | undefined

  /** What the calls on this object had to do until now. */
  stats(): JournalStats
}

/** A file that changed, or is gone. */
export interface JournalEntry {
  /**
   * The file's path, relative to the root, with `/` as separator. No reader would get back: the empty string; a line feed, a carriage
   * return or a NUL in it; white space at either end; a leading `#`; and, unless `deleted`, a leading `DELETED `.
   */
  file: string
  /** Whether the file is gone; tested for truth. */
  deleted?: boolean | undefined
}

/** What the journal says. */
export type JournalReadResult = ValidJournal | InvalidJournal

/** A journal that can be relied on. */
export interface ValidJournal {
  valid: true
  /** When it was last stamped, in milliseconds since 1970. */
  timestamp: number
  /** The files that were added or changed: in first-seen order, without duplicates. */
  changed: string[]
  /** The files that are gone: in first-seen order, without duplicates. */
  removed: string[]
}

/** There is no journal that can be relied on: look at all files. */
export interface InvalidJournal {
  valid: false
  timestamp?: undefined
  changed?: undefined
  removed?: undefined
}

/** What {@link Journal.readToPosition} gives. */
export type JournalReading = JournalReadResult & {
  /**
   * How far was read, for {@link Journal.checkpoint}: 16 hexadecimal digits, which can be kept in a file and used by another process. Empty
   * for a journal without entries and for one that is not valid; and if it could not be told, for the journal can't be written to or the lock
   * was not to be had in time. A checkpoint at the empty position drops nothing.
   */
  position: string
}

/** How a {@link Journal} writes. An option that is not known is refused. */
export interface JournalOptions {
  /**
   * For how many milliseconds a call waits for each acquisition of the lock: 0 to `Infinity`, which is for ever. 5000 if not given,
   * as for the functions.
   */
  lockTimeoutMs?: number | undefined
  /**
   * Whether a write is acknowledged only once it is on the disk, so that a power failure can't take it: it then takes as long as the
   * disk does, from tenths of a millisecond to some milliseconds. False if not given.
   */
  durable?: boolean | undefined
}

/** What an asynchronous call can be given. An option that is not known is refused. */
export interface AsyncOptions {
  /**
   * Ends the call's wait, for its turn or for the lock. The promise is then rejected as by Node's own functions: with an `AbortError`
   * whose `code` is `ABORT_ERR` and whose `cause` is the signal's `reason`.
   *
   * A call that has the lock is finished, and resolves. One that lost it to a JavaScript writer and waits to write again can have left
   * its entries in the journal when it is aborted.
   *
   * Each call listens to the signal until it is done. As with Node's own functions, Node may warn of a leak if more than ten do at once
   * (`MaxListenersExceededWarning`): raise that with `setMaxListeners` of `node:events`.
   */
  signal?: AbortSignal | undefined
}

/** Who holds the lock: from {@link Journal.holder}, and the `holder` of an `ERR_JOURNAL_LOCK_TIMEOUT`. */
export interface LockHolder {
  /** Its process id, as it sees itself: in another PID namespace the number means nothing here. */
  pid: number
  /** The program that it runs and its first argument (Linux only). */
  command?: string
  /** For how many milliseconds it has held the lock. */
  ageMs: number
  /** Whether it is a writer of this module, not of codegraph's JavaScript one. */
  native: boolean
}

/** What the calls on a {@link Journal} had to do, since it was made. */
export interface JournalStats {
  /** Writes that were acknowledged, those that tell a position included. */
  writes: number
  /** How often one of the calls had to wait for others, those that waited in vain included. */
  waits: number
  /** Waits that ended in vain, with `ERR_JOURNAL_LOCK_TIMEOUT`. */
  timeouts: number
  /** Stale lockfiles that were taken over. */
  takeovers: number
  /** How often a write was done again, for the lock or the journal was taken away meanwhile. */
  redone: number
  /** The longest wait for the lock, in milliseconds. Turns of asynchronous calls don't count. */
  longestWaitMs: number
}

/** What a call has to tell, though it has not failed. */
export interface JournalWarning {
  name: 'JournalWarning'
  /** As those of errors: `ERR_JOURNAL_INVALID_ENTRY`, `ERR_JOURNAL_LOCK_TIMEOUT`, the system's own; or `ERR_JOURNAL_DEGRADED`. */
  code: string
  message: string
}

/**
 * An error of this module; there is no class of that name. The system's own errors have Node's form (`NodeJS.ErrnoException`) and Node's
 * codes, and wrong arguments are Node's `TypeError`s and `RangeError`s.
 */
export interface JournalError extends Error {
  code: JournalErrorCode
  /** The file that the error is about. */
  path?: string
  /** With `ERR_JOURNAL_LOCK_TIMEOUT`: who held the lock, if that can be told. */
  holder?: LockHolder
  /** With `ERR_JOURNAL_INVALID_ENTRY`: which of the entries, from 0. */
  index?: number
  /** With `ERR_JOURNAL_INVALID_ENTRY`: its file name. */
  file?: string
  /** With `ERR_JOURNAL_INVALID_ENTRY`: what is wrong with its file name. */
  reason?: string
}

/** The codes of a {@link JournalError}. */
export type JournalErrorCode =
  /** A call waited, and its thread or its process ended. */
  | 'ERR_JOURNAL_CANCELLED'
  /** No reader would get an entry back. */
  | 'ERR_JOURNAL_INVALID_ENTRY'
  /** A position that no read gives. */
  | 'ERR_JOURNAL_INVALID_POSITION'
  /** A timestamp that is infinite, negative or no number. */
  | 'ERR_JOURNAL_INVALID_TIMESTAMP'
  /** Others held the lock for the whole timeout. */
  | 'ERR_JOURNAL_LOCK_TIMEOUT'
  /** Something that is no regular file stands where one of the journal's files belongs. */
  | 'ERR_JOURNAL_NOT_A_FILE'
  /** The lock was taken away, or the journal replaced, during each of 10 attempts. Call again. */
  | 'ERR_JOURNAL_NOT_ACKNOWLEDGED'
  /** When the package is loaded: there is no binary for this platform. */
  | 'ERR_JOURNAL_NO_BINARY'
  /** The worker thread is being terminated, and nobody can tell whether the call was carried out. */
  | 'ERR_JOURNAL_TERMINATED'

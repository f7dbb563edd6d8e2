// The types of codegraph-journal and of codegraph-journal/dir, written by hand: the functions, the class `Journal`, the types, the errors.
// `__test__/types.test.mjs` holds the names to what the package exports.

/** The journal's name in its directory. */
export declare const JOURNAL_FILENAME: 'changes.journal'

/**
 * Appends entries to the journal, and returns when they are acknowledged: they are in the journal, and no writer, crash or full disk
 * takes them away before a build has read them. Waits for the lock, asleep, up to 5 s for each acquisition.
 *
 * A journal that is missing is made; it reads as `{ valid: false }` until it is stamped. An entry that no reader would get back is left
 * out, with a warning (code `ERR_JOURNAL_INVALID_ENTRY`) that names it; a call gives one, which names ten at most. {@link Journal.append}
 * throws instead.
 *
 * @example
 * appendJournalEntries('/path/to/project', [{ file: 'src/changed.ts' }, { file: 'src/gone.ts', deleted: true }])
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. The directory is made if missing.
 * @param entries What changed. No entries at all append a blank line, as codegraph's own module does.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an argument, an entry or a file name is of another type, or the directory has a
 * null byte in it. Nothing is written.
 * @throws `ERR_JOURNAL_LOCK_TIMEOUT`: others held the lock for 5 s; `holder` says who.
 * @throws `ERR_JOURNAL_NOT_ACKNOWLEDGED`: the lock was taken away, or the journal replaced, during each of 10 attempts.
 * @throws `ERR_JOURNAL_NOT_A_FILE`: something that is no regular file stands where one of the journal's files belongs.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated, and whether the call was carried out is not known.
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
 * @throws `ERR_JOURNAL_LOCK_TIMEOUT`: others held the lock for 5 s; `holder` says who.
 * @throws `ERR_JOURNAL_NOT_ACKNOWLEDGED`: the lock was taken away, or the journal replaced, during each of 10 attempts.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated, and whether the call was carried out is not known.
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
 * Marks how far the journal has come: for a build, before it reads. Give the position to {@link checkpointJournal} at the build's end, and the time
 * of the build's start.
 *
 * A mark is a comment line at the journal's end. Writing one takes the lock, for which the call waits up to 5 s, asleep. None is written if
 * the journal has no entries or is not valid, nor if nothing came since the last mark.
 *
 * @example
 * const startedAt = Date.now() // at the build's start, before the mark
 * const position = markJournal('/path/to/project')
 * const journal = readJournal('/path/to/project')
 * build(journal.valid ? [...journal.changed, ...journal.removed] : 'all')
 * checkpointJournal('/path/to/project', position, startedAt) // keeps what came meanwhile
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`.
 * @returns The position: 16 hexadecimal digits, which another process can use too. `null` for a journal that has no entries or is not valid. `null`
 * too, with a warning, if the journal can't be written to or others held the lock for 5 s.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: the directory is no string, or has a null byte in it.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated.
 */
export declare function markJournal(rootDir: string): string | null

/**
 * Drops what came up to `position`, keeps what came later, and stamps the header with `timestamp`: what a build does at its end, in place of
 * {@link writeJournalHeader}.
 *
 * A journal that can't be written stays as it is, with a warning: a build must not fail at its end. So it is too if others hold the lock for
 * 5 s; the warning then says who. At `null` nothing is dropped, and the header is stamped: a build that had no position doesn't know what it
 * has read, and the next one reads all of it again.
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. The directory is made if missing.
 * @param position From {@link markJournal} or {@link Journal.mark}, of this process or another.
 * @param timestamp When the build began, in milliseconds since 1970; finite and not negative. What changed after that is not surely built, and its entry
 * may not be in the journal yet, so the end would be too late.
 * @returns Whether what came up to the position is gone. False if the position no longer fits, because the journal was reset or a later
 * checkpoint made: the header is then stamped all the same. False also if nothing could be written. `null` always fits.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an argument is of another type, or the directory has a null byte in it.
 * @throws `ERR_JOURNAL_INVALID_POSITION`: a string that is no position. Nothing is written.
 * @throws `ERR_JOURNAL_INVALID_TIMESTAMP`: the timestamp is infinite, negative or no number. Nothing is written.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated, and whether the call was carried out is not known.
 */
export declare function checkpointJournal(rootDir: string, position: string | null, timestamp: number): boolean

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
export declare function markJournalAsync(rootDir: string, options?: AsyncOptions): Promise<string | null>

/**
 * As {@link checkpointJournal}, without blocking; in turn, as {@link appendJournalEntriesAsync}.
 *
 * @throws `ABORT_ERR`, `ERR_JOURNAL_CANCELLED`, and all that {@link checkpointJournal} throws, as a rejection.
 */
export declare function checkpointJournalAsync(
  rootDir: string,
  position: string | null,
  timestamp: number,
  options?: AsyncOptions,
): Promise<boolean>

/**
 * Gives the package's warnings to `handler`, in place of stderr: to the host's own logger, say. Both entry points share one handler, and each
 * thread has its own. What the handler throws is dropped, because the write that it hears of was acknowledged.
 *
 * @example
 * setWarningHandler(({ message }) => console.error(message))
 *
 * @param handler Called during the call that warns. `undefined` or `null`: stderr again, a line each.
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
 * those that have the lock are given 250 ms to finish. All copies of this module in a thread keep one order.
 *
 * @example
 * const journal = Journal.forRoot('/path/to/project')
 * const startedAt = Date.now()
 * const position = journal.mark()
 * const { valid, changed, removed } = journal.read()
 * build(valid ? [...changed, ...removed] : 'all')
 * journal.checkpoint(position, startedAt) // drops what came before the mark, keeps what came later
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

  /** Where it is: the absolute path of its file. It is relative where the current directory had no usable name. */
  readonly path: string

  /** Reads the journal without a lock, as {@link readJournal}. Creates and writes nothing. */
  read(): JournalReadResult

  /**
   * Marks how far the journal has come; see {@link markJournal}.
   *
   * @returns The position, or `null` for a journal that has no entries or is not valid.
   * @throws All that {@link reset} throws, if it has to write.
   */
  mark(): string | null

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
   * Drops what came up to `position`, keeps what came later, and stamps the header with `timestamp`, the time of the build's start.
   *
   * Entries that others append meanwhile are kept whatever they do besides: stamp the header, rewrite the journal, compact it. A
   * position that no longer fits, because the journal was reset or a later checkpoint made, drops nothing, and the header is
   * stamped all the same. Only the newest 8 positions survive a compaction.
   *
   * @param position From {@link mark}, of this process or another. At `null` nothing is dropped.
   * @returns Whether the position still fitted. `null` always does.
   * @throws `ERR_JOURNAL_INVALID_POSITION`: a string that no mark gives. Nothing is written.
   * @throws All that {@link reset} throws.
   */
  checkpoint(position: string | null, timestamp: number): boolean

  /** As {@link append}, without blocking. */
  appendAsync(entries: readonly JournalEntry[], options?: AsyncOptions): Promise<void>
  /** As {@link appendAndStamp}, without blocking. */
  appendAndStampAsync(entries: readonly JournalEntry[], timestamp: number, options?: AsyncOptions): Promise<void>
  /** As {@link reset}, without blocking. */
  resetAsync(timestamp: number, options?: AsyncOptions): Promise<void>
  /** As {@link mark}, without blocking. */
  markAsync(options?: AsyncOptions): Promise<string | null>
  /** As {@link checkpoint}, without blocking. */
  checkpointAsync(position: string | null, timestamp: number, options?: AsyncOptions): Promise<boolean>

  /**
   * Who holds the lock at this moment, or what is in its way. Undefined if the lock is free. The lockfile of a writer that was killed stays until
   * the next write, and is shown as that of a dead holder.
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
  signal?: JournalAbortSignal | undefined
}

/** What the package needs of an `AbortSignal`: types of the DOM or of Node are not needed. */
export interface JournalAbortSignal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/**
 * Who holds the lock, or what is in its way: from {@link Journal.holder}, and the `holder` of an `ERR_JOURNAL_LOCK_TIMEOUT`. Without a `pid` no process
 * is known: the lockfile can't be read, for example.
 */
export interface LockHolder {
  /** All of this in words, and what to do. */
  message: string
  /** Its process id, as it sees itself: in another PID namespace the number means nothing here. */
  pid?: number
  /** Whether it runs; `stopped` is seen on Linux only. `unknown`: it is in another PID namespace. */
  state?: 'running' | 'stopped' | 'dead' | 'unknown'
  /** The program that it runs and its first argument (Linux only). */
  command?: string
  /** For how many milliseconds it has had the lockfile. Missing if it has only the kernel lock (Linux only). */
  ageMs?: number
  /** Whether it is a writer of this module, not of codegraph's JavaScript one. */
  native?: boolean
}

/** What the calls on a {@link Journal} had to do, since it was made. */
export interface JournalStats {
  /** Writes that were acknowledged, those of a mark included. */
  writes: number
  /** How often one of the calls had to wait for others, those that timed out included. */
  waits: number
  /** Waits that timed out, with `ERR_JOURNAL_LOCK_TIMEOUT`. */
  timeouts: number
  /** Stale lockfiles that were taken over. */
  staleLocksTakenOver: number
  /** How often a write was done again, because the lock was stolen or the journal replaced meanwhile. */
  retries: number
  /** The longest wait for the lock, in milliseconds. Turns of asynchronous calls don't count. */
  longestWaitMs: number
}

/** What a call warns of. */
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
  /** With `ERR_JOURNAL_LOCK_TIMEOUT`: who held the lock, or what was in its way. */
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
  /** A position that no mark gives. */
  | 'ERR_JOURNAL_INVALID_POSITION'
  /** A timestamp that is infinite, negative or no number. */
  | 'ERR_JOURNAL_INVALID_TIMESTAMP'
  /** Others held the lock for the whole timeout. */
  | 'ERR_JOURNAL_LOCK_TIMEOUT'
  /** Something that is no regular file stands where one of the journal's files belongs. */
  | 'ERR_JOURNAL_NOT_A_FILE'
  /** The lock was taken away, or the journal replaced, during each of 10 attempts. Call again. */
  | 'ERR_JOURNAL_NOT_ACKNOWLEDGED'
  /** When the package is loaded: no binary loads here. The message says why, and what to do. */
  | 'ERR_JOURNAL_NO_BINARY'
  /** The worker thread is being terminated, and whether the call was carried out is not known. */
  | 'ERR_JOURNAL_TERMINATED'

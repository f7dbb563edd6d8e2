// The types of codegraph-journal and of codegraph-journal/dir, written by hand: the functions, the class `Journal`, the types, the errors.
// `__test__/types.test.mjs` checks that the names are those that the package exports.

/** The journal's name in its directory. */
export declare const JOURNAL_FILENAME: 'changes.journal'

/**
 * Appends entries to the journal, and returns when they are acknowledged. Then they stay in the journal until a reset or a checkpoint, even if
 * processes crash or the disk is full. While others hold the lock, the call sleeps: up to 5 s for each acquisition.
 *
 * If the journal is missing, it is created, and reads as `{ valid: false }` until it is stamped. An entry that readers could not read back is left
 * out. One warning a call (code `ERR_JOURNAL_INVALID_ENTRY`) names these entries, ten at most. {@link Journal.append} throws instead.
 *
 * @example
 * appendJournalEntries('/path/to/project', [{ file: 'src/changed.ts' }, { file: 'src/gone.ts', deleted: true }])
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. If the directory is missing, it is created.
 * @param entries What changed. An empty array appends a blank line, as codegraph's own module does.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an argument, an entry or a file name has the wrong type, or the directory has a
 * null byte in it. Nothing is written.
 * @throws `ERR_JOURNAL_LOCK_TIMEOUT`: others held the lock for 5 s. `holder` says who.
 * @throws `ERR_JOURNAL_NOT_ACKNOWLEDGED`: in each of 10 attempts the lock was stolen or the journal replaced.
 * @throws `ERR_JOURNAL_NOT_A_FILE`: something other than a regular file is at the path of one of the journal's files.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated. It is not known whether the call was carried out.
 * @throws The system's own errors (`ENOSPC`, `EACCES`, …), in the form of Node's `fs`.
 */
export declare function appendJournalEntries(rootDir: string, entries: readonly JournalEntry[]): void

/**
 * Appends entries, then stamps the header with `timestamp`: readers then know of every change up to that time. Without entries it only
 * stamps. Everything else is as for {@link appendJournalEntries}.
 *
 * @example
 * appendJournalEntriesAndStampHeader('/path/to/project', [{ file: 'src/changed.ts' }], Date.now())
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. If the directory is missing, it is created.
 * @param entries What changed.
 * @param timestamp Milliseconds since 1970; finite and not negative.
 * @throws `ERR_JOURNAL_INVALID_TIMESTAMP`: the timestamp is infinite, negative or NaN. Nothing is written.
 * @throws All that {@link appendJournalEntries} throws.
 */
export declare function appendJournalEntriesAndStampHeader(
  rootDir: string,
  entries: readonly JournalEntry[],
  timestamp: number,
): void

/**
 * Drops all entries and stamps the header with `timestamp`. A new file replaces the journal.
 *
 * If the system does not let the journal be written, the journal stays as it is, and the call warns: a build must not fail at its end. On Windows
 * the call throws `EPERM`, as codegraph's own does, if access to the lockfile or its directory is denied.
 *
 * @example
 * writeJournalHeader('/path/to/project', Date.now())
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. If the directory is missing, it is created.
 * @param timestamp Milliseconds since 1970; finite and not negative.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an argument has the wrong type, or the directory has a null byte in it.
 * @throws `ERR_JOURNAL_INVALID_TIMESTAMP`: the timestamp is infinite, negative or NaN.
 * @throws `ERR_JOURNAL_LOCK_TIMEOUT`: others held the lock for 5 s. `holder` says who.
 * @throws `ERR_JOURNAL_NOT_ACKNOWLEDGED`: in each of 10 attempts the lock was stolen or the journal replaced.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated. It is not known whether the call was carried out.
 */
export declare function writeJournalHeader(rootDir: string, timestamp: number): void

/**
 * Reads the journal without a lock. It creates nothing. A bad or missing file is not an error.
 *
 * @example
 * const journal = readJournal('/path/to/project')
 * if (journal.valid) rebuild(journal.changed, journal.removed)
 * else rebuildAll()
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`.
 * @returns `{ valid: false }` if the journal is missing, can't be read, has a bad header or was never stamped: look at all files then.
 * @throws `ERR_INVALID_ARG_TYPE`: the directory is not a string.
 */
export declare function readJournal(rootDir: string): JournalReadResult

/**
 * Marks the end of the journal. A build calls this before it reads. When the build ends, it passes the position to {@link checkpointJournal},
 * together with the time at which it started.
 *
 * A mark is a comment line. To write one the call needs the lock, and sleeps up to 5 s for it. It writes no mark if the journal has no entries or is not
 * valid, or if nothing has been written since the last mark.
 *
 * @example
 * const startedAt = Date.now() // at the build's start, before the mark
 * const position = markJournal('/path/to/project')
 * const journal = readJournal('/path/to/project')
 * build(journal.valid ? [...journal.changed, ...journal.removed] : 'all')
 * checkpointJournal('/path/to/project', position, startedAt) // keeps what came meanwhile
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`.
 * @returns The position: 16 hexadecimal digits, which another process can use too. `null` if the journal has no entries or is not valid. Also `null`,
 * with a warning, if the journal can't be written or others held the lock for 5 s.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: the directory is not a string, or has a null byte in it.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated.
 */
export declare function markJournal(rootDir: string): string | null

/**
 * Drops the entries before `position`, keeps those after it, and stamps the header with `timestamp`. A build calls this at its end, instead of
 * {@link writeJournalHeader}.
 *
 * If the journal can't be written, it stays as it is, and the call warns: a build must not fail at its end. The same happens if others hold the lock for
 * 5 s; the warning says who. With `null` the call drops nothing, and only stamps the header: a build without a position doesn't know what it has read, so
 * the next build reads all of it again.
 *
 * @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. If the directory is missing, it is created.
 * @param position From {@link markJournal} or {@link Journal.mark}, of this process or another.
 * @param timestamp When the build started, in milliseconds since 1970; finite and not negative. Not when it ended: a file that changed in between may not
 * be built, and its entry may not be in the journal yet.
 * @returns Whether the position was still valid, so that the entries before it are gone. False if the journal was reset since, or a later checkpoint
 * made; the header is stamped even so. Also false if nothing could be written. `null` is always valid.
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`: an argument has the wrong type, or the directory has a null byte in it.
 * @throws `ERR_JOURNAL_INVALID_POSITION`: the string is not a position. Nothing is written.
 * @throws `ERR_JOURNAL_INVALID_TIMESTAMP`: the timestamp is infinite, negative or NaN. Nothing is written.
 * @throws `ERR_JOURNAL_TERMINATED`: the worker thread is being terminated. It is not known whether the call was carried out.
 */
export declare function checkpointJournal(rootDir: string, position: string | null, timestamp: number): boolean

/**
 * As {@link appendJournalEntries}, without blocking. Resolves when the entries are acknowledged. Asynchronous calls on one journal are done
 * one after another; see {@link Journal}.
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
 * As {@link appendJournalEntriesAndStampHeader}, without blocking, and one after another as {@link appendJournalEntriesAsync}.
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
 * As {@link writeJournalHeader}, without blocking, and one after another as {@link appendJournalEntriesAsync}.
 *
 * @throws All that {@link writeJournalHeader} throws, `ABORT_ERR` and `ERR_JOURNAL_CANCELLED`, as a rejection.
 */
export declare function writeJournalHeaderAsync(
  rootDir: string,
  timestamp: number,
  options?: AsyncOptions,
): Promise<void>

/**
 * As {@link markJournal}, without blocking, and one after another as {@link appendJournalEntriesAsync}.
 *
 * @throws `ABORT_ERR`, `ERR_JOURNAL_CANCELLED`, and all that {@link markJournal} throws, as a rejection.
 */
export declare function markJournalAsync(rootDir: string, options?: AsyncOptions): Promise<string | null>

/**
 * As {@link checkpointJournal}, without blocking, and one after another as {@link appendJournalEntriesAsync}.
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
 * Sends the package's warnings to `handler` instead of stderr: to the host's own logger, for example. Both entry points share one handler, and each
 * thread has its own. If the handler throws, that error is dropped, because the write that it is about was acknowledged.
 *
 * @example
 * setWarningHandler(({ message }) => console.error(message))
 *
 * @param handler Called during the call that warns. `undefined` or `null`: stderr again, a line each.
 * @throws `ERR_INVALID_ARG_TYPE`: the handler is not a function.
 */
export declare function setWarningHandler(handler: ((warning: JournalWarning) => void) | null | undefined): void

/**
 * A journal, named by its directory. A `Journal` keeps no file open. Any number of objects, threads and processes may use one journal, together
 * with the functions.
 *
 * Asynchronous calls on one journal are done one after another, in the order in which they were made, whichever object or function made
 * them. Each runs on a thread of its own, so neither the event loop nor Node's thread pool waits. The arguments are checked and copied
 * at once. If a synchronous call would throw an error, the promise is rejected with it. A synchronous call that is made meanwhile goes first if
 * it can. A call that fails does not hold up those after it. All copies of this module in a thread keep one order.
 *
 * If two paths name one journal, through a symbolic link for example, each path has its own order. The calls still exclude each other.
 *
 * When the process exits, or the worker thread ends, waiting calls are dropped (with `ERR_JOURNAL_CANCELLED`, if anybody still listens). Calls that have
 * the lock get 250 ms to finish.
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
   * @param journalDir The directory that holds the journal. A relative one is resolved now. The first write creates it if it is missing.
   * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`: an argument has the wrong type, has a null byte in it, is
   * below 0, or is an unknown option.
   */
  constructor(journalDir: string, options?: JournalOptions)

  /** The journal of a project: `<rootDir>/.codegraph/changes.journal`. */
  static forRoot(rootDir: string, options?: JournalOptions): Journal

  /** The path of the journal's file. It is absolute, unless the current directory had no usable name. */
  readonly path: string

  /** Reads the journal without a lock, as {@link readJournal}. It creates and writes nothing. */
  read(): JournalReadResult

  /**
   * Marks the end of the journal; see {@link markJournal}.
   *
   * @returns The position, or `null` if the journal has no entries or is not valid.
   * @throws All that {@link reset} throws, if it has to write.
   */
  mark(): string | null

  /**
   * Appends entries; see {@link appendJournalEntries}.
   *
   * @throws `ERR_JOURNAL_INVALID_ENTRY`, with `index`, `file` and `reason`: readers could not read that entry back. Nothing is written.
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
   * @throws All that {@link writeJournalHeader} throws, and the system's own errors if the journal can't be written.
   */
  reset(timestamp: number): void

  /**
   * Drops the entries before `position`, keeps those after it, and stamps the header with `timestamp`, the time at which the build started.
   *
   * Entries that others have appended meanwhile are kept, even if they have also stamped the header or rewritten the journal. If the position is no
   * longer valid, because the journal was reset or a later checkpoint made, the call drops nothing and only stamps the header.
   *
   * @param position From {@link mark}, of this process or another. With `null` nothing is dropped.
   * @returns Whether the position was still valid. `null` always is.
   * @throws `ERR_JOURNAL_INVALID_POSITION`: the string is not a position. Nothing is written.
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
   * Who holds the lock at this moment, or what is in its way. Undefined if the lock is free. The lockfile of a killed writer stays until
   * the next write. Until then `holder` reports a dead holder.
   */
  holder(): LockHolder | undefined

  /** Counts what the calls on this object have had to do. */
  stats(): JournalStats
}

/** A file that was changed or deleted. */
export interface JournalEntry {
  /**
   * The file's path, relative to the root, with `/` as separator. Readers could not read back: an empty name; a line feed, a carriage
   * return or a NUL in it; white space at either end; a leading `#`; and, unless `deleted`, a leading `DELETED `.
   */
  file: string
  /** Whether the file was deleted. Any truthy value counts. */
  deleted?: boolean | undefined
}

/** The result of a read. */
export type JournalReadResult = ValidJournal | InvalidJournal

/** The contents of a valid journal. */
export interface ValidJournal {
  valid: true
  /** When it was last stamped, in milliseconds since 1970. */
  timestamp: number
  /** The files that were added or changed: in first-seen order, without duplicates. */
  changed: string[]
  /** The files that were deleted: in first-seen order, without duplicates. */
  removed: string[]
}

/** There is no valid journal: look at all files. */
export interface InvalidJournal {
  valid: false
  timestamp?: undefined
  changed?: undefined
  removed?: undefined
}

/** How a {@link Journal} writes. An unknown option is refused. */
export interface JournalOptions {
  /**
   * How many milliseconds a call waits for each acquisition of the lock, from 0 to `Infinity`. The default is 5000, as for the functions.
   */
  lockTimeoutMs?: number | undefined
  /**
   * Whether a write is acknowledged only once it is on the disk, so that a power failure can't take it. Such a write takes as long as the
   * disk needs, from tenths of a millisecond to some milliseconds. The default is false.
   */
  durable?: boolean | undefined
}

/** The options of an asynchronous call. An unknown option is refused. */
export interface AsyncOptions {
  /**
   * Ends the call's wait, for its turn or for the lock. The promise is then rejected as Node's own functions do it: with an `AbortError`
   * whose `code` is `ABORT_ERR` and whose `cause` is the signal's `reason`.
   *
   * A call that has the lock finishes, and resolves. If a JavaScript writer has stolen its lock, the call waits to write again. If it is aborted
   * then, its entries may be in the journal already.
   *
   * Each call listens to the signal until it is done. If more than ten calls do so at once, Node may warn of a leak
   * (`MaxListenersExceededWarning`), as with its own functions. `setMaxListeners` of `node:events` raises that limit.
   */
  signal?: JournalAbortSignal | undefined
}

/** What the package needs of an `AbortSignal`, so that it needs no types of the DOM or of Node. */
export interface JournalAbortSignal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/**
 * Who holds the lock, or what is in its way: the result of {@link Journal.holder}, and the `holder` of an `ERR_JOURNAL_LOCK_TIMEOUT`. If there is no
 * `pid`, no process is known, because the lockfile can't be read for example.
 */
export interface LockHolder {
  /** All of this in words, and what to do. */
  message: string
  /** Its process id in its own PID namespace. If that is another one, the number means nothing here. */
  pid?: number
  /** Whether it runs. `stopped` is reported on Linux only. `unknown`: it is in another PID namespace. */
  state?: 'running' | 'stopped' | 'dead' | 'unknown'
  /** The program that it runs, with its first argument (Linux only). */
  command?: string
  /** How many milliseconds it has had the lockfile. Missing if it has only the kernel lock (Linux only). */
  ageMs?: number
  /** Whether it writes through this package, and not through codegraph's JavaScript module. */
  native?: boolean
}

/** What the calls on a {@link Journal} have had to do since it was created. */
export interface JournalStats {
  /** Acknowledged writes, including those of marks. */
  writes: number
  /** How often a call had to wait for others, including the waits that timed out. */
  waits: number
  /** Waits that timed out, with `ERR_JOURNAL_LOCK_TIMEOUT`. */
  timeouts: number
  /** Stale lockfiles that were taken over. */
  staleLocksTakenOver: number
  /** How often a write was repeated, because the lock was stolen or the journal replaced meanwhile. */
  retries: number
  /** The longest wait for the lock, in milliseconds. An asynchronous call's wait for its turn does not count. */
  longestWaitMs: number
}

/** A warning of a call. */
export interface JournalWarning {
  name: 'JournalWarning'
  /** The code of the error that the warning is about: `ERR_JOURNAL_INVALID_ENTRY`, `ERR_JOURNAL_LOCK_TIMEOUT`, the system's. Or `ERR_JOURNAL_DEGRADED`. */
  code: string
  message: string
}

/**
 * An error of this package. There is no class of that name. The system's own errors have Node's form (`NodeJS.ErrnoException`) and Node's
 * codes. Wrong arguments give `TypeError`s and `RangeError`s with Node's codes.
 */
export interface JournalError extends Error {
  code: JournalErrorCode
  /** The file that the error is about. */
  path?: string
  /** With `ERR_JOURNAL_LOCK_TIMEOUT`: who held the lock, or what was in its way. */
  holder?: LockHolder
  /** With `ERR_JOURNAL_INVALID_ENTRY`: the entry's index, from 0. */
  index?: number
  /** With `ERR_JOURNAL_INVALID_ENTRY`: its file name. */
  file?: string
  /** With `ERR_JOURNAL_INVALID_ENTRY`: what is wrong with its file name. */
  reason?: string
}

/** The codes of a {@link JournalError}. */
export type JournalErrorCode =
  /** The thread or the process ended while the call waited. */
  | 'ERR_JOURNAL_CANCELLED'
  /** Readers could not read an entry back. */
  | 'ERR_JOURNAL_INVALID_ENTRY'
  /** The string is not a position. */
  | 'ERR_JOURNAL_INVALID_POSITION'
  /** The timestamp is infinite, negative or NaN. */
  | 'ERR_JOURNAL_INVALID_TIMESTAMP'
  /** Others held the lock for the whole timeout. */
  | 'ERR_JOURNAL_LOCK_TIMEOUT'
  /** Something other than a regular file is at the path of one of the journal's files. */
  | 'ERR_JOURNAL_NOT_A_FILE'
  /** In each of 10 attempts the lock was stolen or the journal replaced. Call again. */
  | 'ERR_JOURNAL_NOT_ACKNOWLEDGED'
  /** The import failed, because no binary loads here. The message says why, and what to do. */
  | 'ERR_JOURNAL_NO_BINARY'
  /** The worker thread is being terminated. It is not known whether the call was carried out. */
  | 'ERR_JOURNAL_TERMINATED'

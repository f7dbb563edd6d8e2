//! The Node.js binding: a thin layer over [`Journal`]. The only modules that name napi.
//!
//! The package root takes the project's root directory, as codegraph up to 3.17.0 does; the namespace `dir` (entry point
//! `codegraph-journal/dir`) takes the journal's own directory, as newer codegraph does.
//!
//! No function here returns `undefined`, for that is what an error becomes in a thread that is being terminated: `lib/outcome.js`.

#![allow(
    clippy::doc_markdown,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "the docs are JavaScript's, and tell it by @throws"
)]
#![allow(clippy::needless_pass_by_value, clippy::trivially_copy_pass_by_ref, reason = "as napi hands them over")]

mod answer;
mod arguments;
pub mod dir;
mod entries;
mod errno;
mod errors;
mod exports;
pub mod handle;
pub mod job;
mod operation;
mod warning;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use self::entries::Entries;
use codegraph_journal::Journal;

/// The journal's name in its directory.
#[napi]
pub const JOURNAL_FILENAME: &str = codegraph_journal::JOURNAL_FILENAME;

/// The directory of a project in which codegraph keeps its files.
#[napi(skip_typescript)]
pub const CODEGRAPH_DIR: &str = codegraph_journal::CODEGRAPH_DIR;

/// Appends entries to the journal. A journal that is missing gets a placeholder header: it reads as invalid until it is
/// stamped.
///
/// An entry that no reader would get back is left out, and told by a warning (`process.emitWarning`, code `ERR_JOURNAL_INVALID_ENTRY`) with
/// its index and its name; a call gives 10 of them at most. The other entries are written. {@link Journal.append} throws instead.
///
/// Returns when the entries are in the journal, acknowledged and never to be lost; waits up to 5 s for each acquisition of the lock.
///
/// @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. Made if missing.
/// @param entries What changed; see {@link JournalEntry} for what a file name can't have in it.
/// @throws `TypeError` for an argument, an entry or a file name of another type, before anything is written; `ERR_JOURNAL_LOCK_TIMEOUT`,
/// with `holder` if it can be told; `ERR_JOURNAL_NOT_ACKNOWLEDGED`; `ERR_JOURNAL_NOT_A_FILE`; the system's own errors (`ENOSPC`, …) in
/// Node's form; `ERR_JOURNAL_TERMINATED` in a worker thread that is being terminated.
#[napi(catch_unwind, ts_args_type = "rootDir: string, entries: Array<JournalEntry>", ts_return_type = "void")]
pub fn append_journal_entries<'env>(
    env: &'env Env,
    root_dir: String,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<Option<Object<'env>>> {
    exports::append(env, &root(&root_dir), &Entries { count, text: &text, blocks })
}

/// Drops all entries and stamps the header with `timestamp`. The file is replaced whole.
///
/// When it can't be written, that is a warning (`process.emitWarning`) and the journal stays as it was: a build must not fail
/// at its end.
///
/// @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. Made if missing.
/// @param timestamp Milliseconds since 1970; finite and not negative.
/// @throws `ERR_JOURNAL_INVALID_TIMESTAMP`; `ERR_JOURNAL_LOCK_TIMEOUT` with `holder`; `ERR_JOURNAL_NOT_ACKNOWLEDGED`.
#[napi(catch_unwind, ts_args_type = "rootDir: string, timestamp: number", ts_return_type = "void")]
pub fn write_journal_header<'env>(
    env: &'env Env,
    root_dir: String,
    timestamp: Unknown<'_>,
) -> Result<Option<Object<'env>>> {
    exports::reset(env, &root(&root_dir), timestamp)
}

/// Appends entries and stamps the header with `timestamp`: readers then know of every change up to that time. With no
/// entries it only stamps. Entries that no reader would get back are left out, as by {@link appendJournalEntries}.
///
/// @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. Made if missing.
/// @param entries What changed; see {@link JournalEntry} for what a file name can't have in it.
/// @param timestamp Milliseconds since 1970; finite and not negative.
/// @throws As {@link appendJournalEntries}, and `ERR_JOURNAL_INVALID_TIMESTAMP`.
#[napi(
    catch_unwind,
    ts_args_type = "rootDir: string, entries: Array<JournalEntry>, timestamp: number",
    ts_return_type = "void"
)]
pub fn append_journal_entries_and_stamp_header<'env>(
    env: &'env Env,
    root_dir: String,
    timestamp: Unknown<'_>,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<Option<Object<'env>>> {
    exports::append_and_stamp(env, &root(&root_dir), timestamp, &Entries { count, text: &text, blocks })
}

/// Reads the journal, without a lock, and creates nothing. Never throws for a bad or missing file.
///
/// @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`.
/// @returns `{ valid: false }` if the journal is missing, can't be read, has a bad header or was never stamped: look at all
/// files then.
#[napi(catch_unwind, ts_args_type = "rootDir: string", ts_return_type = "JournalReadResult")]
pub fn read_journal(env: &Env, root_dir: String) -> Result<Object<'_>> {
    exports::read(env, &root(&root_dir))
}

fn root(root_dir: &str) -> Journal {
    Journal::for_root(arguments::directory(root_dir))
}

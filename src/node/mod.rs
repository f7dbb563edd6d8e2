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

use crate::journal::Journal;

/// The journal's name in its directory.
#[napi]
pub const JOURNAL_FILENAME: &str = crate::journal::JOURNAL_FILENAME;

/// The directory of a project in which codegraph keeps its files.
#[napi(skip_typescript)]
pub const CODEGRAPH_DIR: &str = crate::journal::CODEGRAPH_DIR;

/// Appends entries to the journal. A journal that is missing gets a placeholder header: it reads as invalid until it is
/// stamped.
///
/// Returns when the entries are in the journal, acknowledged and never to be lost; waits up to 5 s for each acquisition of the lock.
///
/// @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`. Made if missing.
/// @param entries What changed; see {@link JournalEntry} for what a file name can't have in it.
/// @throws `ERR_JOURNAL_INVALID_ENTRY` with `index`, before anything is written; `ERR_JOURNAL_LOCK_TIMEOUT`, with `holder` if it can
/// be told; `ERR_JOURNAL_NOT_ACKNOWLEDGED`; `ERR_JOURNAL_NOT_A_FILE`; the system's own errors (`ENOSPC`, …) in Node's form; `TypeError`
/// for an argument of another type; `ERR_JOURNAL_TERMINATED` in a worker thread that is being terminated.
#[napi(catch_unwind, ts_args_type = "rootDir: string, entries: Array<JournalEntry>", ts_return_type = "void")]
pub fn append_journal_entries<'env>(
    env: &'env Env,
    root_dir: Unknown<'_>,
    entries: Unknown<'_>,
    lines: Option<BufferSlice<'_>>,
) -> Result<Option<Object<'env>>> {
    exports::append(env, &root(env, root_dir)?, entries, lines.as_deref())
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
    root_dir: Unknown<'_>,
    timestamp: Unknown<'_>,
) -> Result<Option<Object<'env>>> {
    exports::reset(env, &root(env, root_dir)?, timestamp)
}

/// Appends entries and stamps the header with `timestamp`: readers then know of every change up to that time. With no
/// entries it only stamps.
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
    root_dir: Unknown<'_>,
    entries: Unknown<'_>,
    timestamp: Unknown<'_>,
    lines: Option<BufferSlice<'_>>,
) -> Result<Option<Object<'env>>> {
    exports::append_and_stamp(env, &root(env, root_dir)?, entries, timestamp, lines.as_deref())
}

/// Reads the journal, without a lock, and creates nothing. Never throws for a bad or missing file.
///
/// @param rootDir The project's root; the journal is `<rootDir>/.codegraph/changes.journal`.
/// @returns `{ valid: false }` if the journal is missing, can't be read, has a bad header or was never stamped: look at all
/// files then.
#[napi(catch_unwind, ts_args_type = "rootDir: string", ts_return_type = "JournalReadResult")]
pub fn read_journal<'env>(env: &'env Env, root_dir: Unknown<'_>) -> Result<Object<'env>> {
    exports::read(env, &root(env, root_dir)?)
}

fn root(env: &Env, root_dir: Unknown<'_>) -> Result<Journal> {
    arguments::directory(env, "rootDir", root_dir).map(Journal::for_root)
}

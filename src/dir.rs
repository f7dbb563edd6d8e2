//! The same five exports for callers that pass the journal's own directory.

use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::entries::Entries;
use crate::{arguments, exports};
use codegraph_journal::Journal;

/// The journal's name in its directory.
#[napi(namespace = "dir")]
pub const JOURNAL_FILENAME: &str = codegraph_journal::JOURNAL_FILENAME;

/// As {@link appendJournalEntries}, but the journal is `<journalDir>/changes.journal`.
#[napi(
    namespace = "dir",
    js_name = "appendJournalEntries",
    catch_unwind,
    ts_args_type = "journalDir: string, entries: Array<JournalEntry>",
    ts_return_type = "void"
)]
pub fn dir_append_journal_entries<'env>(
    env: &'env Env,
    journal_dir: String,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<Option<Object<'env>>> {
    exports::append(env, &dir(&journal_dir), &Entries { count, text: &text, blocks })
}

/// As {@link writeJournalHeader}, but the journal is `<journalDir>/changes.journal`.
#[napi(
    namespace = "dir",
    js_name = "writeJournalHeader",
    catch_unwind,
    ts_args_type = "journalDir: string, timestamp: number",
    ts_return_type = "void"
)]
pub fn dir_write_journal_header<'env>(
    env: &'env Env,
    journal_dir: String,
    timestamp: Unknown<'_>,
) -> Result<Option<Object<'env>>> {
    exports::reset(env, &dir(&journal_dir), timestamp)
}

/// As {@link appendJournalEntriesAndStampHeader}, but the journal is `<journalDir>/changes.journal`.
#[napi(
    namespace = "dir",
    js_name = "appendJournalEntriesAndStampHeader",
    catch_unwind,
    ts_args_type = "journalDir: string, entries: Array<JournalEntry>, timestamp: number",
    ts_return_type = "void"
)]
pub fn dir_append_journal_entries_and_stamp_header<'env>(
    env: &'env Env,
    journal_dir: String,
    timestamp: Unknown<'_>,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<Option<Object<'env>>> {
    exports::append_and_stamp(env, &dir(&journal_dir), timestamp, &Entries { count, text: &text, blocks })
}

/// As {@link readJournal}, but the journal is `<journalDir>/changes.journal`.
#[napi(
    namespace = "dir",
    js_name = "readJournal",
    catch_unwind,
    ts_args_type = "journalDir: string",
    ts_return_type = "JournalReadResult"
)]
pub fn dir_read_journal(env: &Env, journal_dir: String) -> Result<Object<'_>> {
    exports::read(env, &dir(&journal_dir))
}

fn dir(journal_dir: &str) -> Journal {
    Journal::in_dir(arguments::directory(journal_dir))
}

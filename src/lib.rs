//! The Node.js binding: a thin layer over [`Journal`], and the only code that names napi.
//!
//! Callers use `lib/`, which checks the arguments. Everything goes there as text or as a number: see `answer.rs`.
//!
//! No function here returns `undefined`. In a thread that is being terminated an error becomes `undefined`. By that `lib/native.js` recognises
//! such a thread.

#![allow(missing_docs, clippy::missing_errors_doc, reason = "callers see lib/, and its documentation is index.d.ts")]
#![allow(
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::trivially_copy_pass_by_ref,
    reason = "as napi hands them over"
)]

mod answer;
mod entries;
pub mod job;
mod operation;

use std::io::ErrorKind;
use std::path::{self, Path, PathBuf};
use std::time::Duration;

use codegraph_journal::Journal;
use napi::JsString;
use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::answer::{Fields, answer, holder};
use crate::entries::Entries;
use crate::job::Job;
use crate::operation::Operation;

#[napi]
pub const JOURNAL_FILENAME: &str = codegraph_journal::JOURNAL_FILENAME;

#[napi]
pub const CODEGRAPH_DIR: &str = codegraph_journal::CODEGRAPH_DIR;

#[expect(clippy::cast_possible_truncation, reason = "some seconds")]
#[napi]
pub const LOCK_TIMEOUT_MS: u32 = codegraph_journal::lock::TIMEOUT.as_millis() as u32;

/// The journal in a directory. A relative path is resolved `now`, or else at each call.
#[napi(catch_unwind)]
pub fn open(dir: String, now: bool, lock_timeout_ms: Option<f64>, durable: Option<bool>) -> External<Journal> {
    let dir = if now { absolute(&dir) } else { dir.into() };
    let mut journal = Journal::in_dir(dir).durable(durable.unwrap_or(false));
    if let Some(ms) = lock_timeout_ms {
        // A timeout that is longer than any duration means forever.
        journal = journal.with_lock_timeout(Duration::try_from_secs_f64(ms / 1e3).unwrap_or(Duration::MAX));
    }
    External::new(journal)
}

/// The absolute path, from the bytes of the current directory's name, of which Node has only a text. The path stays relative if the current
/// directory was removed, is out of reach, or has a name that is too long.
fn absolute(dir: &str) -> PathBuf {
    let fits = |path: &PathBuf| path.metadata().err().is_none_or(|error| error.kind() != ErrorKind::InvalidFilename);
    let is_usable = |path: &PathBuf| Path::new(dir).is_absolute() || fits(path);
    path::absolute(dir).ok().filter(is_usable).unwrap_or_else(|| dir.into())
}

#[napi(catch_unwind)]
pub fn path(journal: &External<Journal>) -> String {
    journal.path().to_string_lossy().into_owned()
}

/// Does an operation now, and returns its answer; or returns a [`Job`] that does it `later`. If the arguments are refused, it returns an answer in
/// either case.
///
/// `lenient` says what happens when something can't be written: a warning, as the functions give it, or an error, as the class throws it.
#[napi(catch_unwind)]
pub fn call(
    journal: &External<Journal>,
    operation: String,
    lenient: bool,
    count: u32,
    text: BufferSlice<'_>,
    lines: Array<'_>,
    position: Option<String>,
    timestamp: Option<String>,
    later: bool,
) -> Result<Either<External<Job>, Option<String>>> {
    let entries = Entries { count, text: &text, lines };
    let mut left_out = None;
    let operation = Operation::new(&operation, timestamp, position, || entries.encode(lenient, &mut left_out))?;
    Ok(match operation {
        Ok(operation) if later => Either::A(Job::new(journal, operation, lenient, left_out)),
        operation => Either::B(answer(journal, operation.and_then(|it| it.run(journal, lenient)), left_out)),
    })
}

/// One text: the names of the changed files, a NUL, those of the removed files, a NUL, the timestamp. Each name ends with a newline. V8 makes each
/// name a slice of the text. `null` if the journal is not valid.
#[napi(catch_unwind)]
pub fn read<'env>(env: &'env Env, journal: &External<Journal>) -> Result<Option<JsString<'env>>> {
    let Some(contents) = journal.read() else { return Ok(None) };
    let mut text = String::new();
    for file in contents.changed() {
        text.extend([file, "\n"]);
    }
    text.push('\0');
    for file in contents.removed() {
        text.extend([file, "\n"]);
    }
    text.extend(["\0", &contents.timestamp().to_string()]);
    if text.is_ascii() { env.create_string_latin1(&text) } else { env.create_string(&text) }.map(Some)
}

#[napi(catch_unwind)]
pub fn get_holder(journal: &External<Journal>) -> Option<String> {
    journal.holder().map(|held_by| holder(&held_by).to_string())
}

#[napi(catch_unwind)]
pub fn stats(journal: &External<Journal>) -> String {
    let stats = journal.stats();
    Fields::default()
        .put("writes", stats.writes)
        .put("waits", stats.waits)
        .put("timeouts", stats.timeouts)
        .put("staleLocksTakenOver", stats.stale_locks_taken_over)
        .put("retries", stats.retries)
        .put("longestWaitMs", stats.longest_wait.as_secs_f64() * 1e3)
        .to_string()
}

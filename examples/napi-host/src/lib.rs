//! Shape B: a host that ships an addon of its own, as codegraph does, exports the journal from there, over the crate.
//!
//! The calls are the watcher's and the build's. Their names in JavaScript: `readJournal`, `appendAndStamp`, `markJournal`,
//! `checkpointJournal`. The last two throw for nothing that the journal or the lock does: a build must not fail at its end.

#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    reason = "as napi hands them over"
)]

use codegraph_journal::{Entry, Journal, Position, Timestamp};
use napi::bindgen_prelude::*;
use napi_derive::napi;

#[napi(object)]
pub struct JournalEntry {
    pub file: String,
    pub deleted: Option<bool>,
}

#[napi(object)]
pub struct JournalReadResult {
    pub valid: bool,
    pub timestamp: Option<f64>,
    pub changed: Option<Vec<String>>,
    pub removed: Option<Vec<String>>,
}

/// What a checkpoint came to: whether the position fitted, and what the host is to warn of.
#[napi(object)]
pub struct CheckpointResult {
    pub fitted: bool,
    pub warning: Option<String>,
}

#[napi(catch_unwind)]
pub fn read_journal(journal_dir: String) -> JournalReadResult {
    let contents = Journal::in_dir(journal_dir).read();
    JournalReadResult {
        valid: contents.is_some(),
        timestamp: contents.as_ref().map(|contents| contents.timestamp().millis()),
        changed: contents.as_ref().map(|contents| contents.changed().map(str::to_owned).collect()),
        removed: contents.as_ref().map(|contents| contents.removed().map(str::to_owned).collect()),
    }
}

#[napi(catch_unwind)]
pub fn append_and_stamp(journal_dir: String, entries: Vec<JournalEntry>, timestamp: f64) -> Result<()> {
    let entries: Vec<_> = entries
        .iter()
        .map(|JournalEntry { file, deleted }| match deleted {
            Some(true) => Entry::deleted(file),
            _ => Entry::changed(file),
        })
        .collect();
    let journal = Journal::in_dir(journal_dir);
    journal.append_and_stamp(&entries, &stamp(timestamp)?).map(drop).map_err(thrown)
}

/// `null` if there is no position.
#[napi(catch_unwind)]
pub fn mark_journal(journal_dir: String) -> Option<String> {
    let position = Journal::in_dir(journal_dir).mark().ok()?.position;
    (position != Position::START).then(|| position.to_string())
}

#[napi(catch_unwind)]
pub fn checkpoint_journal(journal_dir: String, position: Option<String>, timestamp: f64) -> Result<CheckpointResult> {
    let position = position.map_or(Ok(Position::START), |text| text.parse()).map_err(thrown)?;
    Ok(match Journal::in_dir(journal_dir).checkpoint(position, &stamp(timestamp)?) {
        Ok(checkpoint) => CheckpointResult { fitted: checkpoint.fitted, warning: None },
        Err(error) => CheckpointResult { fitted: false, warning: Some(error.to_string()) },
    })
}

/// A number that is no time is refused as the package refuses it.
fn stamp(timestamp: f64) -> Result<Timestamp> {
    timestamp.to_string().parse().map_err(thrown)
}

fn thrown(error: codegraph_journal::Error) -> Error {
    Error::from_reason(error.to_string())
}

//! JavaScript's values as the core's. Types are checked before, by `lib/arguments.js` and `lib/entries.js`, for Node's words take Node to make.

use std::path::{Component, Path, PathBuf};

use napi::bindgen_prelude::*;

use crate::errors::{null_byte, thrown};
use codegraph_journal::Error as JournalError;
use codegraph_journal::Journal;
use codegraph_journal::{Position, Timestamp};

/// The directory that an argument names, with `.` and `..` resolved as `path.join` does, by the text alone: else a JS writer of
/// the same root would use another journal behind a symlink.
pub fn directory(text: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for component in Path::new(text).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if path.file_name().is_some() => drop(path.pop()),
            Component::ParentDir if path.has_root() => {}
            other => path.push(other),
        }
    }
    path
}

/// Refuses, for a writer, what no file system takes; to a reader that is just a journal that can't be read.
pub fn check_path(env: &Env, journal: &Journal) -> Result<()> {
    let path = journal.path();
    if path.as_os_str().as_encoded_bytes().contains(&0) { Err(null_byte(env, path)) } else { Ok(()) }
}

/// A number, as JavaScript prints it.
pub fn timestamp(env: &Env, value: Unknown<'_>) -> Result<Timestamp> {
    let parsed = match value.get_type()? {
        ValueType::Number => value.coerce_to_string()?.into_utf8()?.as_str()?.parse(),
        other => Err(JournalError::InvalidTimestamp { text: format!("a value of type {other}").to_lowercase() }),
    };
    parsed.map_err(|error| thrown(env, &error))
}

/// What a read gave.
pub fn position(env: &Env, text: &str) -> Result<Position> {
    text.parse().map_err(|error| thrown(env, &error))
}

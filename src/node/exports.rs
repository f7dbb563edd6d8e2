//! The exports' bodies, the same for both ways to name a journal.

use napi::bindgen_prelude::*;

use super::answer::{contents, notes};
use super::arguments;
use super::operation::Operation;
use crate::journal::Journal;

pub fn append<'env>(
    env: &'env Env,
    journal: &Journal,
    entries: Unknown<'_>,
    lines: Option<&[u8]>,
) -> Result<Option<Object<'env>>> {
    arguments::check_path(env, journal)?;
    notes(env, journal, Operation::append(env, entries, lines)?.run(journal))
}

pub fn append_and_stamp<'env>(
    env: &'env Env,
    journal: &Journal,
    entries: Unknown<'_>,
    timestamp: Unknown<'_>,
    lines: Option<&[u8]>,
) -> Result<Option<Object<'env>>> {
    arguments::check_path(env, journal)?;
    notes(env, journal, Operation::append_and_stamp(env, entries, timestamp, lines)?.run(journal))
}

pub fn reset<'env>(env: &'env Env, journal: &Journal, timestamp: Unknown<'_>) -> Result<Option<Object<'env>>> {
    arguments::check_path(env, journal)?;
    notes(env, journal, Operation::reset_or_warn(env, timestamp)?.run(journal))
}

pub fn read<'env>(env: &'env Env, journal: &Journal) -> Result<Object<'env>> {
    contents(env, journal.read())
}

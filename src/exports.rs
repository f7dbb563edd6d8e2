//! The exports' bodies, the same for both ways to name a journal.

use napi::bindgen_prelude::*;

use crate::answer::{contents, notes};
use crate::arguments;
use crate::entries::Entries;
use crate::operation::Operation;
use codegraph_journal::Journal;

pub fn append<'env>(env: &'env Env, journal: &Journal, entries: &Entries<'_>) -> Result<Option<Object<'env>>> {
    arguments::check_path(env, journal)?;
    notes(env, journal, Operation::append_or_warn(env, entries)?.run(journal))
}

pub fn append_and_stamp<'env>(
    env: &'env Env,
    journal: &Journal,
    timestamp: Unknown<'_>,
    entries: &Entries<'_>,
) -> Result<Option<Object<'env>>> {
    arguments::check_path(env, journal)?;
    notes(env, journal, Operation::append_and_stamp_or_warn(env, timestamp, entries)?.run(journal))
}

pub fn reset<'env>(env: &'env Env, journal: &Journal, timestamp: Unknown<'_>) -> Result<Option<Object<'env>>> {
    arguments::check_path(env, journal)?;
    notes(env, journal, Operation::reset_or_warn(env, timestamp)?.run(journal))
}

pub fn read<'env>(env: &'env Env, journal: &Journal) -> Result<Object<'env>> {
    contents(env, journal.read())
}

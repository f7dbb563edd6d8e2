//! What is behind the class `Journal` of `lib/journal.js`, which has the documentation. Each operation
//! gives a [`Job`], to be done at once or later.

#![allow(missing_docs, reason = "they have none of their own")]

use std::time::Duration;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::arguments;
use crate::entries::Entries;
use crate::errors::describe_holder;
use crate::job::Job;
use crate::operation::Operation;
use codegraph_journal::HeldBy;
use codegraph_journal::Journal;

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn open(env: &Env, dir: String, lock_timeout_ms: Option<f64>, durable: Option<bool>) -> Result<External<Journal>> {
    let mut journal = Journal::in_dir(dir).durable(durable.unwrap_or(false));
    arguments::check_path(env, &journal)?;
    if let Some(ms) = lock_timeout_ms {
        // What is longer than any duration is for ever.
        journal = journal.with_lock_timeout(Duration::try_from_secs_f64(ms / 1e3).unwrap_or(Duration::MAX));
    }
    Ok(External::new(journal))
}

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn path(journal: &External<Journal>) -> String {
    journal.path().to_string_lossy().into_owned()
}

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn read(journal: &External<Journal>) -> External<Job> {
    Job::new(journal, Operation::Read)
}

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn append(
    env: &Env,
    journal: &External<Journal>,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<External<Job>> {
    let entries = Entries { count, text: &text, blocks };
    Ok(Job::new(journal, Operation::append(env, &entries)?))
}

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn append_or_warn(
    env: &Env,
    journal: &External<Journal>,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<External<Job>> {
    let entries = Entries { count, text: &text, blocks };
    Ok(Job::new(journal, Operation::append_or_warn(env, &entries)?))
}

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn append_and_stamp(
    env: &Env,
    journal: &External<Journal>,
    timestamp: Unknown<'_>,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<External<Job>> {
    let entries = Entries { count, text: &text, blocks };
    Ok(Job::new(journal, Operation::append_and_stamp(env, timestamp, &entries)?))
}

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn append_and_stamp_or_warn(
    env: &Env,
    journal: &External<Journal>,
    timestamp: Unknown<'_>,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<External<Job>> {
    let entries = Entries { count, text: &text, blocks };
    Ok(Job::new(journal, Operation::append_and_stamp_or_warn(env, timestamp, &entries)?))
}

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn reset(env: &Env, journal: &External<Journal>, timestamp: Unknown<'_>) -> Result<External<Job>> {
    Ok(Job::new(journal, Operation::reset(env, timestamp)?))
}

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn reset_or_warn(env: &Env, journal: &External<Journal>, timestamp: Unknown<'_>) -> Result<External<Job>> {
    Ok(Job::new(journal, Operation::reset_or_warn(env, timestamp)?))
}

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn checkpoint(
    env: &Env,
    journal: &External<Journal>,
    position: String,
    timestamp: Unknown<'_>,
) -> Result<External<Job>> {
    Ok(Job::new(journal, Operation::checkpoint(env, &position, timestamp)?))
}

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn holder<'env>(env: &'env Env, journal: &External<Journal>) -> Result<Option<Object<'env>>> {
    match journal.holder() {
        Some(HeldBy::Holder(holder)) => describe_holder(env, &holder).map(Some),
        _ => Ok(None),
    }
}

#[napi(namespace = "handle", skip_typescript, catch_unwind)]
pub fn stats<'env>(env: &'env Env, journal: &External<Journal>) -> Result<Object<'env>> {
    let stats = journal.stats();
    let mut object = Object::new(env)?;
    object.set_named_property("acquisitions", number(stats.acquisitions))?;
    object.set_named_property("waits", number(stats.waits))?;
    object.set_named_property("takeovers", number(stats.takeovers))?;
    object.set_named_property("redone", number(stats.redone))?;
    object.set_named_property("longestWaitMs", stats.longest_wait.as_secs_f64() * 1e3)?;
    Ok(object)
}

/// Exact for every count that a process lives to see.
#[expect(clippy::cast_precision_loss, reason = "from 2^53 on")]
fn number(count: u64) -> f64 {
    count as f64
}

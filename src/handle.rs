//! The functions behind the class `Journal` and the asynchronous functions. Each operation gives a [`Job`], to be done at once or later.

use std::time::Duration;

use codegraph_journal::{HeldBy, Journal};
use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::entries::{Entries, Odd};
use crate::errors::describe_holder;
use crate::job::Job;
use crate::operation::{Operation, Unwritten};

#[napi(namespace = "handle", catch_unwind)]
pub fn open(dir: String, lock_timeout_ms: Option<f64>, durable: Option<bool>) -> External<Journal> {
    let mut journal = Journal::in_dir(dir).durable(durable.unwrap_or(false));
    if let Some(ms) = lock_timeout_ms {
        // A timeout that is longer than any duration means for ever.
        journal = journal.with_lock_timeout(Duration::try_from_secs_f64(ms / 1e3).unwrap_or(Duration::MAX));
    }
    External::new(journal)
}

#[napi(namespace = "handle", catch_unwind)]
pub fn path(journal: &External<Journal>) -> String {
    journal.path().to_string_lossy().into_owned()
}

#[napi(namespace = "handle", catch_unwind)]
pub fn read_to_position(journal: &External<Journal>) -> External<Job> {
    Job::new(journal, Operation::ReadToPosition)
}

/// `lenient` tells how to treat what can't be written: as the functions do, by a warning, or as the class does, by an error.
#[napi(namespace = "handle", catch_unwind)]
pub fn append(
    env: &Env,
    journal: &External<Journal>,
    lenient: bool,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<External<Job>> {
    let entries = Entries { count, text: &text, blocks };
    Ok(Job::new(journal, Operation::append(env, &entries, odd(lenient))?))
}

#[napi(namespace = "handle", catch_unwind)]
pub fn append_and_stamp(
    env: &Env,
    journal: &External<Journal>,
    lenient: bool,
    timestamp: String,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<External<Job>> {
    let entries = Entries { count, text: &text, blocks };
    Ok(Job::new(journal, Operation::append_and_stamp(env, &timestamp, &entries, odd(lenient))?))
}

#[napi(namespace = "handle", catch_unwind)]
pub fn reset(env: &Env, journal: &External<Journal>, lenient: bool, timestamp: String) -> Result<External<Job>> {
    Ok(Job::new(journal, Operation::reset(env, &timestamp, unwritten(lenient))?))
}

#[napi(namespace = "handle", catch_unwind)]
pub fn mark(journal: &External<Journal>) -> External<Job> {
    Job::new(journal, Operation::Mark)
}

#[napi(namespace = "handle", catch_unwind)]
pub fn checkpoint(
    env: &Env,
    journal: &External<Journal>,
    lenient: bool,
    position: String,
    timestamp: String,
) -> Result<External<Job>> {
    Ok(Job::new(journal, Operation::checkpoint(env, &position, &timestamp, unwritten(lenient))?))
}

#[napi(namespace = "handle", catch_unwind)]
pub fn holder<'env>(env: &'env Env, journal: &External<Journal>) -> Result<Option<Object<'env>>> {
    match journal.holder() {
        Some(HeldBy::Holder(holder)) => describe_holder(env, &holder).map(Some),
        _ => Ok(None),
    }
}

#[napi(namespace = "handle", catch_unwind)]
pub fn stats<'env>(env: &'env Env, journal: &External<Journal>) -> Result<Object<'env>> {
    let stats = journal.stats();
    let mut object = Object::new(env)?;
    object.set_named_property("writes", number(stats.writes))?;
    object.set_named_property("waits", number(stats.waits))?;
    object.set_named_property("timeouts", number(stats.timeouts))?;
    object.set_named_property("takeovers", number(stats.takeovers))?;
    object.set_named_property("redone", number(stats.redone))?;
    object.set_named_property("longestWaitMs", stats.longest_wait.as_secs_f64() * 1e3)?;
    Ok(object)
}

fn odd(lenient: bool) -> Odd {
    if lenient { Odd::LeftOut } else { Odd::Refused }
}

fn unwritten(lenient: bool) -> Unwritten {
    if lenient { Unwritten::Warns } else { Unwritten::Throws }
}

/// A count as a number of JavaScript, exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "from 2^53 on")]
fn number(count: u64) -> f64 {
    count as f64
}

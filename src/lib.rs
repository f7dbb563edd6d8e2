//! The Node.js binding: a thin layer over [`Journal`], and the only code that names napi.
//!
//! Callers see `lib/`, which checks the arguments and names each journal by its directory. The functions in this file are behind the
//! synchronous functions of `lib/`. [`handle`] and [`job`] are behind the class `Journal` and the asynchronous functions. Every call gives one
//! shape of answer, which `answer.rs` makes.
//!
//! No function here returns `undefined`. In a thread that is being terminated an error becomes `undefined`, by which `lib/native.js` recognises
//! such a thread.

#![allow(missing_docs, clippy::missing_errors_doc, reason = "callers see lib/, and its documentation is index.d.ts")]
#![allow(
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    clippy::trivially_copy_pass_by_ref,
    reason = "as napi hands them over"
)]

mod answer;
mod arguments;
mod entries;
mod errno;
mod errors;
pub mod handle;
pub mod job;
mod operation;
pub mod warning;

use codegraph_journal::Journal;
use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::answer::answer;
use crate::entries::{Entries, Odd};
use crate::operation::{Done, Operation, Unwritten};

#[napi]
pub const JOURNAL_FILENAME: &str = codegraph_journal::JOURNAL_FILENAME;

#[napi]
pub const CODEGRAPH_DIR: &str = codegraph_journal::CODEGRAPH_DIR;

#[napi(catch_unwind)]
pub fn append<'env>(
    env: &'env Env,
    dir: String,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<Object<'env>> {
    let operation = Operation::append(env, &Entries { count, text: &text, blocks }, Odd::LeftOut)?;
    run(env, dir, operation)
}

#[napi(catch_unwind)]
pub fn append_and_stamp<'env>(
    env: &'env Env,
    dir: String,
    timestamp: String,
    count: u32,
    text: BufferSlice<'_>,
    blocks: Array<'_>,
) -> Result<Object<'env>> {
    let entries = Entries { count, text: &text, blocks };
    run(env, dir, Operation::append_and_stamp(env, &timestamp, &entries, Odd::LeftOut)?)
}

#[napi(catch_unwind)]
pub fn reset(env: &Env, dir: String, timestamp: String) -> Result<Object<'_>> {
    run(env, dir, Operation::reset(env, &timestamp, Unwritten::Warns)?)
}

#[napi(catch_unwind)]
pub fn mark(env: &Env, dir: String) -> Result<Object<'_>> {
    run(env, dir, Operation::Mark)
}

#[napi(catch_unwind)]
pub fn checkpoint(env: &Env, dir: String, position: String, timestamp: String) -> Result<Object<'_>> {
    run(env, dir, Operation::checkpoint(env, &position, &timestamp, Unwritten::Warns)?)
}

#[napi(catch_unwind)]
pub fn read(env: &Env, dir: String) -> Result<Object<'_>> {
    let journal = Journal::in_dir(dir);
    answer(env, &journal, Ok(Done::read(journal.read())))
}

fn run<'env>(env: &'env Env, dir: String, operation: Operation<'_>) -> Result<Object<'env>> {
    let journal = Journal::in_dir(dir);
    answer(env, &journal, operation.run(&journal))
}

//! The Node.js binding: a thin layer over [`Journal`], and the only code that names napi.
//!
//! `lib/` is what callers see: it has checked the arguments and names each journal by its directory. Here are its synchronous functions, by
//! the directory; [`handle`] and [`job`] are what the class `Journal` and the asynchronous functions are made of. Every call gives one shape
//! of answer, that of `answer.rs`.
//!
//! No function here returns `undefined`: an error becomes `undefined` in a thread that is being terminated, and `lib/native.js` knows it
//! by that.

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
mod warning;

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
pub fn read(env: &Env, dir: String) -> Result<Object<'_>> {
    let journal = Journal::in_dir(dir);
    answer(env, &journal, Ok(Done::read(journal.read())))
}

fn run<'env>(env: &'env Env, dir: String, operation: Operation<'_>) -> Result<Object<'env>> {
    let journal = Journal::in_dir(dir);
    answer(env, &journal, operation.run(&journal))
}

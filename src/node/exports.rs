//! The exports' bodies, the same for both ways to name a journal.

use std::sync::atomic::{AtomicBool, Ordering};

use napi::bindgen_prelude::*;

use super::arguments;
use super::errors::{self, thrown};
use crate::error::Error as JournalError;
use crate::journal::{Journal, Receipt};
use crate::lock::Degraded;

pub fn append(env: &Env, journal: &Journal, entries: Unknown<'_>) -> Result<()> {
    arguments::check_path(env, journal)?;
    let entries = arguments::entries(env, entries)?;
    acknowledge(env, journal, journal.append(&arguments::borrow(&entries)))
}

pub fn append_and_stamp(env: &Env, journal: &Journal, entries: Unknown<'_>, timestamp: Unknown<'_>) -> Result<()> {
    arguments::check_path(env, journal)?;
    let entries = arguments::entries(env, entries)?;
    let timestamp = arguments::timestamp(env, timestamp)?;
    acknowledge(env, journal, journal.append_and_stamp(&arguments::borrow(&entries), &timestamp))
}

pub fn reset(env: &Env, journal: &Journal, timestamp: Unknown<'_>) -> Result<()> {
    arguments::check_path(env, journal)?;
    let timestamp = arguments::timestamp(env, timestamp)?;
    match journal.reset(&timestamp) {
        // codegraph's build calls this at its end and catches nothing.
        Err(error @ (JournalError::Io { .. } | JournalError::NotAFile { .. })) => {
            let message = format!("Failed to write journal header: {}", errors::message(&error));
            warn(env, &message, errors::code(&error))
        }
        result => acknowledge(env, journal, result),
    }
}

pub fn read<'env>(env: &'env Env, journal: &Journal) -> Result<Object<'env>> {
    let contents = journal.read();
    let mut result = Object::new(env)?;
    result.set_named_property("valid", contents.is_some())?;
    if let Some(contents) = contents {
        result.set_named_property("timestamp", contents.timestamp())?;
        result.set_named_property("changed", strings(env, contents.changed())?)?;
        result.set_named_property("removed", strings(env, contents.removed())?)?;
    }
    Ok(result)
}

fn strings<'env, 'a>(env: &'env Env, texts: impl ExactSizeIterator<Item = &'a str>) -> Result<Array<'env>> {
    let length = u32::try_from(texts.len()).map_err(|_| Error::from_reason("the journal has too many entries"))?;
    let mut array = env.create_array(length)?;
    for (index, text) in (0..).zip(texts) {
        array.set(index, text)?;
    }
    Ok(array)
}

/// Turns a write's result into the caller's, and tells once in a process what the file system lacks.
fn acknowledge(env: &Env, journal: &Journal, result: crate::error::Result<Receipt>) -> Result<()> {
    static TOLD: [AtomicBool; 2] = [AtomicBool::new(false), AtomicBool::new(false)];
    let Some(degraded) = result.map_err(|error| thrown(env, &error))?.degraded else { return Ok(()) };
    let told = match degraded {
        Degraded::NoKernelLock => &TOLD[0],
        Degraded::NoHardLinks => &TOLD[1],
    };
    if told.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    warn(env, &format!("{}: {degraded}", journal.path().display()), "ERR_JOURNAL_DEGRADED")
}

/// `process.emitWarning(message, { type, code })`
fn warn(env: &Env, message: &str, code: &str) -> Result<()> {
    let process: Object<'_> = env.get_global()?.get_named_property("process")?;
    let emit: Function<'_, FnArgs<(&str, Object<'_>)>, ()> = process.get_named_property("emitWarning")?;
    let mut options = Object::new(env)?;
    options.set_named_property("type", "JournalWarning")?;
    options.set_named_property("code", code)?;
    emit.apply(process, (message, options).into())
}

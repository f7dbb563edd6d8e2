//! The exports' bodies, the same for both ways to name a journal.

use std::sync::atomic::{AtomicBool, Ordering};

use napi::bindgen_prelude::*;
use napi::sys;

use super::errors::{self, thrown};
use super::{arguments, entries};
use crate::error::Error as JournalError;
use crate::journal::Journal;
use crate::lock::Degraded;
use crate::receipt::Receipt;

pub fn append(env: &Env, journal: &Journal, entries: Unknown<'_>, lines: Option<&[u8]>) -> Result<()> {
    arguments::check_path(env, journal)?;
    let batch = entries::encode(env, entries, lines)?;
    acknowledge(env, journal, journal.append_batch(batch))
}

pub fn append_and_stamp(
    env: &Env,
    journal: &Journal,
    entries: Unknown<'_>,
    timestamp: Unknown<'_>,
    lines: Option<&[u8]>,
) -> Result<()> {
    arguments::check_path(env, journal)?;
    let batch = entries::encode(env, entries, lines)?;
    let timestamp = arguments::timestamp(env, timestamp)?;
    acknowledge(env, journal, journal.append_batch_and_stamp(&batch, &timestamp))
}

pub fn reset(env: &Env, journal: &Journal, timestamp: Unknown<'_>) -> Result<()> {
    arguments::check_path(env, journal)?;
    let timestamp = arguments::timestamp(env, timestamp)?;
    match journal.reset(&timestamp) {
        // codegraph's build calls this at its end and catches nothing.
        Err(error @ (JournalError::Io { .. } | JournalError::NotAFile { .. })) => {
            let message = format!("Failed to write journal header: {}", errors::message(&error));
            warn(env, &message, errors::code(&error));
            Ok(())
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

/// An array of strings, as slices of one: for V8 that is far less work than as many strings.
fn strings<'env, 'a>(env: &'env Env, lines: impl ExactSizeIterator<Item = &'a str>) -> Result<Object<'env>> {
    if lines.len() == 0 {
        return env.create_array(0)?.coerce_to_object();
    }
    let mut text = String::new();
    for line in lines {
        text.push_str(line);
        text.push('\n'); // in no line
    }
    text.pop();
    let text = if text.is_ascii() { env.create_string_latin1(&text)? } else { env.create_string(&text)? };
    let split: Function<'_, &str, Object<'env>> = text.coerce_to_object()?.get_named_property("split")?;
    split.apply(text, "\n")
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
    warn(env, &format!("{}: {degraded}", journal.path().display()), "ERR_JOURNAL_DEGRADED");
    Ok(())
}

/// Warns, as well as it can: that a warning can't be given must not make a failure of a write that was acknowledged.
fn warn(env: &Env, message: &str, code: &str) {
    if emit_warning(env, message, code).is_err() {
        // What `emitWarning` threw would be thrown by the export otherwise.
        let mut is_pending = false;
        let mut thrown = std::ptr::null_mut();
        // SAFETY: the environment is that of the call we are in, and the two pointers are to locals.
        unsafe {
            sys::napi_is_exception_pending(env.raw(), &raw mut is_pending);
            if is_pending {
                sys::napi_get_and_clear_last_exception(env.raw(), &raw mut thrown);
            }
        }
    }
}

/// `process.emitWarning(message, { type, code })`
fn emit_warning(env: &Env, message: &str, code: &str) -> Result<()> {
    let process: Object<'_> = env.get_global()?.get_named_property("process")?;
    let emit: Function<'_, FnArgs<(&str, Object<'_>)>, ()> = process.get_named_property("emitWarning")?;
    let mut options = Object::new(env)?;
    options.set_named_property("type", "JournalWarning")?;
    options.set_named_property("code", code)?;
    emit.apply(process, (message, options).into())
}

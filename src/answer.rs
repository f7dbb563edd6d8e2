//! The result of a call, as values, warnings and errors of JavaScript.

use std::sync::atomic::{AtomicBool, Ordering};

use napi::bindgen_prelude::*;

use crate::errors::{self, to_js_error};
use crate::operation::{Done, Value};
use crate::warning::{self, warn};
use codegraph_journal::{Contents, Degradations, Degraded, Journal, Result as JournalResult};

/// An object `{ value, notes, warnings }`. Each property is there only if the call has one.
pub fn answer<'env>(env: &'env Env, journal: &Journal, result: JournalResult<Done>) -> Result<Object<'env>> {
    let done = result.map_err(|error| to_js_error(env, &error))?;
    let notes = notes(env, journal, &done)?;
    let warnings = warning::take(env)?;
    let mut answer = Object::new(env)?;
    match done.value {
        Value::Nothing => {}
        Value::Fitted(fitted) => answer.set_named_property("value", fitted)?,
        Value::Marked(position) => answer.set_named_property("value", position.to_string())?,
        Value::Read(read, position) => {
            let mut value = contents(env, read)?;
            if let Some(position) = position {
                value.set_named_property("position", position.to_string())?;
            }
            answer.set_named_property("value", value)?;
        }
    }
    if let Some(notes) = notes {
        answer.set_named_property("notes", notes)?;
    }
    if let Some(warnings) = warnings {
        answer.set_named_property("warnings", warnings)?;
    }
    Ok(answer)
}

/// What was read of a journal: `{ valid, timestamp, changed, removed }`, or `{ valid: false }`.
fn contents(env: &Env, contents: Option<Contents>) -> Result<Object<'_>> {
    let mut result = Object::new(env)?;
    result.set_named_property("valid", contents.is_some())?;
    if let Some(contents) = contents {
        result.set_named_property("timestamp", contents.timestamp().millis())?;
        let [changed, removed] = contents.into_lists();
        result.set_named_property("changed", strings(env, &changed)?)?;
        result.set_named_property("removed", strings(env, &removed)?)?;
    }
    Ok(result)
}

/// The lines of a text as an array of strings. Each line has a newline at its end in the text, and none in the array. V8 makes the lines as
/// slices of one string, which is far less work than as many strings of their own.
fn strings<'env>(env: &'env Env, text: &str) -> Result<Object<'env>> {
    let Some(text) = text.strip_suffix('\n') else { return env.create_array(0)?.coerce_to_object() };
    let text = if text.is_ascii() { env.create_string_latin1(text)? } else { env.create_string(text)? };
    let split: Function<'_, &str, Object<'env>> = text.coerce_to_object()?.get_named_property("split")?;
    split.apply(text, "\n")
}

/// What `lib/debug.js` is to tell of a call; `None` if there is nothing. Warnings that the caller has to hear in any case are given here.
fn notes<'env>(env: &'env Env, journal: &Journal, done: &Done) -> Result<Option<Object<'env>>> {
    let Done { value, receipt, shortfall } = done;
    if let (Value::Nothing | Value::Fitted(_), Some(error)) = (value, shortfall) {
        warn(format!("Failed to write journal header: {}", errors::message(error)), errors::code(error));
        return Ok(None);
    }
    for degraded in receipt.degraded.iter() {
        warn_once(journal, degraded);
    }
    let is_plain = receipt.degraded.is_empty() && receipt.takeovers == 0 && receipt.redone == 0;
    if is_plain && receipt.waited.is_zero() && shortfall.is_none() {
        return Ok(None);
    }
    let mut notes = Object::new(env)?;
    notes.set_named_property("path", journal.path().to_string_lossy().as_ref())?;
    notes.set_named_property("waitedMs", receipt.waited.as_secs_f64() * 1e3)?;
    notes.set_named_property("takeovers", receipt.takeovers)?;
    notes.set_named_property("takeover", receipt.takeover.map(|why| why.to_string()))?;
    notes.set_named_property("redone", receipt.redone)?;
    notes.set_named_property("redo", receipt.redo.map(|why| why.to_string()))?;
    notes.set_named_property("degraded", degraded(receipt.degraded))?;
    notes.set_named_property("unmarked", shortfall.as_ref().map(errors::message))?;
    Ok(Some(notes))
}

/// All that a write did without, in one sentence; `None` if there is nothing.
fn degraded(all: Degradations) -> Option<String> {
    (!all.is_empty()).then(|| all.iter().map(|degraded| degraded.to_string()).collect::<Vec<_>>().join("; "))
}

fn warn_once(journal: &Journal, degraded: Degraded) {
    static WARNED: [AtomicBool; Degraded::ALL.len()] = [const { AtomicBool::new(false) }; Degraded::ALL.len()];
    if !WARNED[degraded as usize].swap(true, Ordering::Relaxed) {
        warn(format!("{}: {degraded}", journal.path().display()), "ERR_JOURNAL_DEGRADED");
    }
}

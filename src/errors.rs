//! Errors of the core as errors of JavaScript. I/O errors look like Node's own. The others have codes that begin with `ERR_JOURNAL_`.

use std::path::Path;

use napi::JsError;
use napi::bindgen_prelude::*;

use crate::errno;
use codegraph_journal::{Error as JournalError, HeldBy, Holder};

/// The error to throw for an error of the core.
pub fn to_js_error(env: &Env, error: &JournalError) -> Error {
    // Making the error object fails only when V8 is out of memory, or when the process is ending.
    describe(env, error).map_or_else(|failed| failed, |object| Error::from(object.to_unknown()))
}

/// The code of an error, for callers to tell errors apart by. An I/O error has the system's own name: `ENOSPC`, for example.
pub fn code(error: &JournalError) -> &'static str {
    match error {
        JournalError::Io { source, .. } => errno::describe(source).code,
        _ => error.code(),
    }
}

/// The message of an error. That of an I/O error has Node's form, with the cause in it. Where Node has no name for the cause, the system's own
/// words follow.
pub fn message(error: &JournalError) -> String {
    match error {
        JournalError::Io { syscall, path, source } => {
            let cause = errno::describe(source);
            let message = format!("{}: {}, {syscall} '{}'", cause.code, cause.text, path.display());
            if cause.is_unknown() { format!("{message} ({source})") } else { message }
        }
        _ => error.to_string(),
    }
}

fn describe<'env>(env: &'env Env, error: &JournalError) -> Result<Object<'env>> {
    let new = JsError::from(Error::new(code(error), message(error)));
    let mut object = new.into_unknown(*env).coerce_to_object()?;
    match error {
        JournalError::Io { syscall, path, source } => {
            object.set_named_property("errno", errno::describe(source).errno)?;
            object.set_named_property("syscall", *syscall)?;
            set_path(&mut object, path)?;
        }
        JournalError::LockTimeout { path, held_by, .. } => {
            set_path(&mut object, path)?;
            if let HeldBy::Holder(holder) = held_by {
                object.set_named_property("holder", describe_holder(env, holder)?)?;
            }
        }
        JournalError::Cancelled { path }
        | JournalError::NotAcknowledged { path, .. }
        | JournalError::NotAFile { path } => set_path(&mut object, path)?,
        JournalError::InvalidEntry { index, file, reason } => {
            object.set_named_property("index", u32::try_from(*index).unwrap_or(u32::MAX))?;
            object.set_named_property("file", file.as_str())?;
            object.set_named_property("reason", reason.to_string())?;
        }
        _ => {}
    }
    Ok(object)
}

/// A holder as the `LockHolder` of `index.d.ts`.
pub fn describe_holder<'env>(env: &'env Env, holder: &Holder) -> Result<Object<'env>> {
    let mut object = Object::new(env)?;
    object.set_named_property("pid", holder.pid)?;
    if let Some(command) = &holder.command {
        object.set_named_property("command", command.as_str())?;
    }
    object.set_named_property("ageMs", u32::try_from(holder.age.as_millis()).unwrap_or(u32::MAX))?;
    object.set_named_property("native", holder.native)?;
    Ok(object)
}

fn set_path(object: &mut Object<'_>, path: &Path) -> Result<()> {
    object.set_named_property("path", path.to_string_lossy().as_ref())
}

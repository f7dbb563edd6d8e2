//! The core's errors as JavaScript's: I/O errors look like Node's own, the others have codes that start with `ERR_JOURNAL_`.

use std::path::Path;

use napi::bindgen_prelude::*;
use napi::{JsError, JsTypeError};

use super::errno;
use crate::error::Error as JournalError;
use crate::lock::{HeldBy, Holder};

/// The error to throw for one of the core's.
pub fn thrown(env: &Env, error: &JournalError) -> Error {
    // Making the error object fails only when V8 is out of memory or the process is being torn down.
    describe(env, error).map_or_else(|failed| failed, |object| Error::from(object.to_unknown()))
}

/// Node's error for an argument of the wrong type.
pub fn invalid_type(env: &Env, name: &str, expected: &str, value: Unknown<'_>) -> Error {
    let received = value.get_type().map_or_else(|_| "unknown".to_owned(), |kind| kind.to_string().to_lowercase());
    let message = format!("The \"{name}\" argument must be {expected}. Received a value of type {received}");
    Error::from(JsTypeError::from(Error::new("ERR_INVALID_ARG_TYPE", message)).into_unknown(*env))
}

fn describe<'env>(env: &'env Env, error: &JournalError) -> Result<Object<'env>> {
    if let JournalError::Io { syscall, path, source } = error {
        let cause = errno::describe(source);
        let message = format!("{}: {}, {syscall} '{}'", cause.code, cause.text, path.display());
        let mut object = new_error(env, cause.code, message)?;
        object.set_named_property("errno", cause.errno)?;
        object.set_named_property("syscall", *syscall)?;
        set_path(&mut object, path)?;
        return Ok(object);
    }
    let mut object = new_error(env, error.code(), error.to_string())?;
    match error {
        JournalError::LockTimeout { path, held_by, .. } => {
            set_path(&mut object, path)?;
            if let HeldBy::Holder(holder) = held_by {
                object.set_named_property("holder", describe_holder(env, holder)?)?;
            }
        }
        JournalError::NotAcknowledged { path, .. } | JournalError::NotAFile { path } => set_path(&mut object, path)?,
        JournalError::InvalidEntry { index, reason } => {
            object.set_named_property("index", u32::try_from(*index).unwrap_or(u32::MAX))?;
            object.set_named_property("reason", reason.to_string())?;
        }
        JournalError::Io { .. } | JournalError::InvalidTimestamp { .. } => {}
    }
    Ok(object)
}

fn describe_holder<'env>(env: &'env Env, holder: &Holder) -> Result<Object<'env>> {
    let mut object = Object::new(env)?;
    object.set_named_property("pid", holder.pid)?;
    if let Some(command) = &holder.command {
        object.set_named_property("command", command.as_str())?;
    }
    object.set_named_property("ageMs", u32::try_from(holder.age.as_millis()).unwrap_or(u32::MAX))?;
    object.set_named_property("native", holder.native)?;
    Ok(object)
}

fn new_error<'env>(env: &'env Env, code: &str, message: String) -> Result<Object<'env>> {
    JsError::from(Error::new(code, message)).into_unknown(*env).coerce_to_object()
}

fn set_path(object: &mut Object<'_>, path: &Path) -> Result<()> {
    object.set_named_property("path", path.to_string_lossy().as_ref())
}

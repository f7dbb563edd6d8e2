//! Warnings, on their way to `lib/warnings.js`, which gives them to the host.
//!
//! Native code calls no function of the host: it could throw, and would then make a failure of a write that was acknowledged. A warning is
//! kept until the call's answer takes it along, or until JavaScript asks for what a failed call has left behind.

use std::cell::RefCell;

use napi::bindgen_prelude::*;
use napi_derive::napi;

struct Warning {
    message: String,
    code: &'static str,
}

thread_local! {
    /// Of this environment: each has a thread of its own.
    static KEPT: RefCell<Vec<Warning>> = const { RefCell::new(Vec::new()) };
}

/// Warns. Only on a thread of JavaScript.
pub fn warn(message: String, code: &'static str) {
    KEPT.with_borrow_mut(|kept| kept.push(Warning { message, code }));
}

/// `[{ message, code }]`, in the order in which they came: what was warned of since this was last asked for, if anything.
pub fn take(env: &Env) -> Result<Option<Array<'_>>> {
    let warnings = KEPT.take();
    if warnings.is_empty() {
        return Ok(None);
    }
    let mut array = env.create_array(0)?;
    for Warning { message, code } in warnings {
        let mut object = Object::new(env)?;
        object.set_named_property("message", message)?;
        object.set_named_property("code", code)?;
        array.insert(object)?;
    }
    Ok(Some(array))
}

/// What calls without an answer have warned of: they failed, or have only made a job.
#[napi(catch_unwind)]
pub fn take_warnings(env: &Env) -> Result<Array<'_>> {
    take(env)?.map_or_else(|| env.create_array(0), Ok)
}

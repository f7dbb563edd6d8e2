//! `process.emitWarning`.

use napi::bindgen_prelude::*;
use napi::sys;

/// Gives a warning. If the warning fails, nothing is thrown, because the write that it is about may be acknowledged.
pub fn warn(env: &Env, message: &str, code: &str) {
    if emit_warning(env, message, code).is_err() {
        // An exception that `emitWarning` has thrown would otherwise be thrown by the exported function.
        let mut is_pending = false;
        let mut thrown = std::ptr::null_mut();
        // SAFETY: the environment is that of the running call, and both pointers are to locals.
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

//! Texts of JavaScript as the core's values. Their types are checked before, by `lib/arguments.js`.

use codegraph_journal::{Position, Timestamp};
use napi::bindgen_prelude::*;

use crate::errors::to_js_error;

/// A number, as JavaScript prints it.
pub fn timestamp(env: &Env, text: &str) -> Result<Timestamp> {
    text.parse().map_err(|error| to_js_error(env, &error))
}

/// What a read gave.
pub fn position(env: &Env, text: &str) -> Result<Position> {
    text.parse().map_err(|error| to_js_error(env, &error))
}

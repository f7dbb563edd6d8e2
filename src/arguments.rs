//! Arguments that come as texts, as values of the core. `lib/arguments.js` has checked their types.

use codegraph_journal::{Position, Timestamp};
use napi::bindgen_prelude::*;

use crate::errors::to_js_error;

/// The timestamp of a number that JavaScript has printed.
pub fn timestamp(env: &Env, text: &str) -> Result<Timestamp> {
    text.parse().map_err(|error| to_js_error(env, &error))
}

/// The position of a text that a read gave.
pub fn position(env: &Env, text: &str) -> Result<Position> {
    text.parse().map_err(|error| to_js_error(env, &error))
}

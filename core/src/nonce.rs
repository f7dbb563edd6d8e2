//! Numbers that nobody else has: for claims, private names and positions.

use crate::sys;

/// A new number. The number has to differ from all others, and need not be hard to guess.
pub fn nonce() -> u64 {
    sys::random()
}

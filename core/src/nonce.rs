//! Numbers that nobody else has. Claims, private names and positions have one.

use crate::sys;

/// A new number. It has to differ from all others, but need not be hard to guess.
pub fn nonce() -> u64 {
    sys::random()
}

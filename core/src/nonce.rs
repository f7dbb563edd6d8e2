//! Numbers that nobody else has: for claims, private names and positions.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::sys;

/// A new number. The number has to differ from all others, and need not be hard to guess.
pub fn nonce() -> u64 {
    sys::random().unwrap_or_else(|_| without_random_numbers())
}

/// A new number where the system gives no random ones. Two processes can have one pid, in two PID namespaces or on two machines. Their
/// numbers then differ by the time in nanoseconds, and by the address of a variable.
fn without_random_numbers() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut hasher = DefaultHasher::new();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    (process::id(), SystemTime::now(), count, &raw const count as usize).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_are_the_same() {
        for new in [nonce, without_random_numbers] {
            let numbers: HashSet<_> = (0..10_000).map(|_| new()).collect();
            assert_eq!(numbers.len(), 10_000);
        }
    }
}

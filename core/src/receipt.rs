//! What a write had to do. Each write reports it, and the journal's handle counts it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::degraded::Degradations;
use crate::lock::Takeover;

/// What an acknowledged write had to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// What was unavailable to the write, because the system does not offer it.
    pub degraded: Degradations,
    /// How long the write slept until others released the lock; zero if it never slept.
    pub waited: Duration,
    /// How many stale lockfiles the write took over.
    pub takeovers: u32,
    /// Why the last of them was stale.
    pub takeover: Option<Takeover>,
    /// How often the write was repeated.
    pub redone: u32,
    /// Why the write was repeated the last time.
    pub redo: Option<Redo>,
}

/// Why a write was repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Redo {
    /// The lock was stolen: others took the lockfile for stale.
    LockLost,
    /// Somebody wrote the journal without the lock. Another file has replaced the journal, or a journal appeared while this writer was creating
    /// one, or the journal grew meanwhile.
    JournalReplaced,
}

impl fmt::Display for Redo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LockLost => "the lock was stolen",
            Self::JournalReplaced => "the journal was written without the lock",
        })
    }
}

/// What a journal's writes have had to do since its handle was created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Acknowledged writes.
    pub writes: u64,
    /// How often a call had to wait for others, including the waits that timed out.
    pub waits: u64,
    /// Waits that timed out, with [`Error::LockTimeout`](crate::Error::LockTimeout).
    pub timeouts: u64,
    /// Stale lockfiles taken over.
    pub stale_locks_taken_over: u64,
    /// How often a write was repeated.
    pub retries: u64,
    /// The longest wait.
    pub longest_wait: Duration,
}

/// The counters behind [`Stats`], for all threads that share a handle.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    writes: AtomicU64,
    waits: AtomicU64,
    timeouts: AtomicU64,
    stale_locks_taken_over: AtomicU64,
    retries: AtomicU64,
    longest_wait_nanos: AtomicU64,
}

impl Counters {
    pub fn count(&self, receipt: &Receipt) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        if !receipt.waited.is_zero() {
            self.count_wait(receipt.waited);
        }
        self.stale_locks_taken_over.fetch_add(receipt.takeovers.into(), Ordering::Relaxed);
        self.retries.fetch_add(receipt.redone.into(), Ordering::Relaxed);
    }

    /// Counts a call that waited until its timeout.
    pub fn count_timeout(&self, waited: Duration) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
        self.count_wait(waited);
    }

    fn count_wait(&self, waited: Duration) {
        self.waits.fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(waited.as_nanos()).unwrap_or(u64::MAX);
        self.longest_wait_nanos.fetch_max(nanos, Ordering::Relaxed);
    }

    pub fn stats(&self) -> Stats {
        Stats {
            writes: self.writes.load(Ordering::Relaxed),
            waits: self.waits.load(Ordering::Relaxed),
            timeouts: self.timeouts.load(Ordering::Relaxed),
            stale_locks_taken_over: self.stale_locks_taken_over.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            longest_wait: Duration::from_nanos(self.longest_wait_nanos.load(Ordering::Relaxed)),
        }
    }
}

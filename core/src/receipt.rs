//! What a write had to do. Each write reports it, and the journal's handle counts it.

use std::cell::Cell;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::degraded::{Degradations, Degraded};
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

/// The receipt of a write that goes on.
#[derive(Debug, Default)]
pub(crate) struct Noted(Cell<Receipt>);

impl Noted {
    pub fn receipt(&self) -> Receipt {
        self.0.get()
    }

    pub fn degraded(&self, degraded: Degraded) {
        self.note(|receipt| receipt.degraded.insert(degraded));
    }

    pub fn waited(&self, waited: Duration) {
        self.note(|receipt| receipt.waited += waited);
    }

    pub fn taken_over(&self, why: Takeover) {
        self.note(|receipt| (receipt.takeovers, receipt.takeover) = (receipt.takeovers + 1, Some(why)));
    }

    pub fn redone(&self, why: Redo) {
        self.note(|receipt| (receipt.redone, receipt.redo) = (receipt.redone + 1, Some(why)));
    }

    fn note(&self, add: impl FnOnce(&mut Receipt)) {
        let mut receipt = self.0.get();
        add(&mut receipt);
        self.0.set(receipt);
    }
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

/// The statistics of a journal's handle.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<Stats>);

impl Counters {
    pub fn stats(&self) -> Stats {
        *self.lock()
    }

    pub fn count(&self, receipt: &Receipt) {
        let mut stats = self.lock();
        stats.writes += 1;
        stats.waits += u64::from(!receipt.waited.is_zero());
        stats.longest_wait = stats.longest_wait.max(receipt.waited);
        stats.stale_locks_taken_over += u64::from(receipt.takeovers);
        stats.retries += u64::from(receipt.redone);
    }

    pub fn count_timeout(&self, waited: Duration) {
        let mut stats = self.lock();
        (stats.timeouts, stats.waits) = (stats.timeouts + 1, stats.waits + 1);
        stats.longest_wait = stats.longest_wait.max(waited);
    }

    fn lock(&self) -> MutexGuard<'_, Stats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Why a lockfile was taken over. Receipts report it; no decision depends on it.

use std::fmt;

/// What made a lockfile stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Takeover {
    /// Its native writer has the same domain, or that of an earlier boot, and the kernel lock was free: that writer was killed.
    KilledNative,
    /// The process that the lockfile names is dead, and the lockfile is over 0.5 s old.
    DeadProcess,
    /// The lockfile has named no process for 0.5 s.
    Unstamped,
    /// The lockfile is over 30 s old.
    Old,
}

impl fmt::Display for Takeover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KilledNative => "its native writer was killed",
            Self::DeadProcess => "the process that it names is dead",
            Self::Unstamped => "it named no process for 0.5 s",
            Self::Old => "it was over 30 s old",
        })
    }
}

//! Why a lockfile was taken over: told to whoever asks, not used for any decision.

use std::fmt;

/// What made a lockfile stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Takeover {
    /// A native writer of our own domain has it, though we have the guard: it was killed.
    KilledNative,
    /// The JS writer that it names is dead, since 0.5 s at least.
    DeadProcess,
    /// It has named no process for 0.5 s.
    Unstamped,
    /// It is over 30 s old.
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

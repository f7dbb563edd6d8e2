//! The rule for what a system does not offer: *a step that the JS module does not need never makes a call fail.*
//!
//! [`optional`] tries such a step. If the step fails, the writer falls back to the next way, and the call's [`Receipt`](crate::Receipt) reports it.
//! The last way is the JS module's own. If that fails, the caller gets its error. `docs/system-calls.md` lists the steps.

use std::fmt;

use crate::error::Result;

/// What is unavailable here, and what the writer falls back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Degraded {
    /// The journal's directory can't be locked. Native writers exclude each other by the lockfile alone, and the lock of one that was killed may
    /// be free only after 30 s.
    NoKernelLock,
    /// The system does not say which file system this is, or which boot. Each stamp replaces the journal.
    NotLocal,
    /// No hard links can be made. The lockfile is published by a rename that replaces nothing.
    NoHardLinks,
    /// There are neither hard links nor such renames. The lockfile is created empty and then stamped, as by the JS module. Every
    /// acquisition waits 100 ms to see whether the lockfile was stolen meanwhile.
    NoPublishing,
    /// Nothing can be synced. A power failure can leave a journal without the entries that it had.
    NoSync,
    /// The journal's mode could not be kept when it was replaced.
    ModeNotKept,
}

impl Degraded {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::NoKernelLock, Self::NotLocal, Self::NoHardLinks, Self::NoPublishing, Self::NoSync, Self::ModeNotKept];
}

impl fmt::Display for Degraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKernelLock => {
                "the directory can't be locked; the lock of a writer that is killed may be free only after 30 s"
            }
            Self::NotLocal => "the file system is not known; each stamp replaces the journal",
            Self::NoHardLinks => "no hard links can be made; the lockfile is published by renaming a file",
            Self::NoPublishing => {
                "there are neither hard links nor renames that replace nothing; every write waits 100 ms, in case its lock is stolen"
            }
            Self::NoSync => "files can't be synced; a power failure can leave the journal without its entries",
            Self::ModeNotKept => "the mode of the journal can't be kept when it is replaced",
        })
    }
}

/// Several of these, each at most once.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Degradations(u8);

impl Degradations {
    pub(crate) fn insert(&mut self, degraded: Degraded) {
        self.0 |= 1 << degraded as u8;
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn contains(self, degraded: Degraded) -> bool {
        self.0 & 1 << degraded as u8 != 0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Degraded> {
        Degraded::ALL.into_iter().filter(move |&degraded| self.contains(degraded))
    }
}

impl fmt::Debug for Degradations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The result of a step that has a fallback; `None` if the step failed.
///
/// An error stays an error if the next way would meet it too: no space, no descriptors, no memory, a read-only file system, a directory
/// that is gone or can't be created.
pub(crate) fn optional<T>(step: Result<T>) -> Result<Option<T>> {
    match step {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.is_everywhere() => Err(error),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once() {
        let mut told = Degradations::default();
        assert!(told.is_empty());
        for degraded in [Degraded::NoSync, Degraded::NoKernelLock, Degraded::NoSync] {
            told.insert(degraded);
        }
        assert_eq!(told.iter().collect::<Vec<_>>(), [Degraded::NoKernelLock, Degraded::NoSync]);
        assert_eq!(format!("{told:?}"), "{NoKernelLock, NoSync}");
        assert!(Degraded::ALL.iter().enumerate().all(|(number, &degraded)| degraded as usize == number));
    }
}

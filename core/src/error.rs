//! Errors. Each names the operation, the path and the cause.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::lock::HeldBy;
use crate::sys;

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
///
/// After [`InvalidEntry`](Error::InvalidEntry), [`InvalidTimestamp`](Error::InvalidTimestamp) and
/// [`InvalidPosition`](Error::InvalidPosition) nothing on the disk has changed. After any other error the entries may or may not be in the
/// journal, because the lock can be lost after the write. Writing them again does no harm.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A system call failed.
    Io {
        /// The system call, by Node's name for it.
        syscall: &'static str,
        /// The path that was passed to the call.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The lock was held by others for the whole timeout.
    LockTimeout {
        /// The lockfile.
        path: PathBuf,
        /// How long the call waited.
        timeout: Duration,
        /// Who held the lock at the end.
        held_by: HeldBy,
    },
    /// The caller cancelled the wait for the lock. Nothing was written, unless an earlier attempt of the same call wrote and then lost the lock.
    Cancelled {
        /// The lockfile.
        path: PathBuf,
    },
    /// In each of several attempts the lock was lost or the journal replaced.
    NotAcknowledged {
        /// The journal.
        path: PathBuf,
        /// How many attempts there were.
        attempts: u32,
    },
    /// Something other than a regular file is at the path of one of the journal's files.
    NotAFile {
        /// That path.
        path: PathBuf,
    },
    /// An entry that the format can't carry.
    InvalidEntry {
        /// The entry's index among the entries of the call, from 0.
        index: usize,
        /// The entry's file name.
        file: String,
        /// What is wrong with the entry.
        reason: Refusal,
    },
    /// A timestamp that no header can carry.
    InvalidTimestamp {
        /// The timestamp, as text.
        text: String,
    },
    /// A text that is not a position.
    InvalidPosition {
        /// The text.
        text: String,
    },
}

/// Why an entry is refused: a reader would not get the same file back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The file name is empty.
    Empty,
    /// The file name has a line feed, a carriage return or a NUL in it.
    ControlCharacter,
    /// The file name begins or ends with white space, which readers trim.
    WhiteSpaceAtEnd,
    /// The file name begins with `#`, and readers take such a line for a comment. Such a name is refused for a removed file too, because no file of
    /// that name can have been added.
    Comment,
    /// The file name begins with `DELETED `, and readers take such a line for a removal.
    DeletedPrefix,
}

impl Error {
    /// A name for this kind of error that does not change from version to version: `ERR_JOURNAL_LOCK_TIMEOUT`, for example.
    ///
    /// Every [`Error::Io`] has the code `ERR_JOURNAL_IO`. Its `source` says which system error it was.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "ERR_JOURNAL_IO",
            Self::LockTimeout { .. } => "ERR_JOURNAL_LOCK_TIMEOUT",
            Self::Cancelled { .. } => "ERR_JOURNAL_CANCELLED",
            Self::NotAcknowledged { .. } => "ERR_JOURNAL_NOT_ACKNOWLEDGED",
            Self::NotAFile { .. } => "ERR_JOURNAL_NOT_A_FILE",
            Self::InvalidEntry { .. } => "ERR_JOURNAL_INVALID_ENTRY",
            Self::InvalidTimestamp { .. } => "ERR_JOURNAL_INVALID_TIMESTAMP",
            Self::InvalidPosition { .. } => "ERR_JOURNAL_INVALID_POSITION",
        }
    }
}

impl Error {
    /// Whether something is gone that was there a moment ago: the directory, or, on a network file system, the lockfile that was being read. A
    /// directory that can't be created does not count.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io { syscall, source, .. }
            if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::StaleNetworkFileHandle)
                && *syscall != "mkdir")
    }

    /// Whether another way to do the same would meet this error too.
    pub(crate) fn is_everywhere(&self) -> bool {
        matches!(self, Self::Io { syscall, source, .. } if *syscall == "mkdir" || sys::is_everywhere(source))
            || self.is_missing()
    }
}

/// How much of a file's name a message has, in characters.
const MOST_SHOWN: usize = 80;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { syscall, path, .. } => write!(f, "{syscall} '{}' failed", path.display()),
            // The text up to "ms" is the JS module's own.
            Self::LockTimeout { path, timeout, held_by } => {
                let (path, ms) = (path.display(), timeout.as_millis());
                write!(f, "Failed to acquire journal lock at {path} within {ms}ms: {held_by}")
            }
            Self::Cancelled { path } => write!(f, "The wait for the journal lock at {} was cancelled", path.display()),
            Self::NotAcknowledged { path, attempts } => write!(
                f,
                "In each of {attempts} attempts the lock of {} was stolen or the journal replaced; call again",
                path.display()
            ),
            Self::NotAFile { path } => {
                write!(f, "{} is not a regular file; remove it and call again", path.display())
            }
            Self::InvalidEntry { index, file, reason } => {
                let (shown, rest) = file.split_at(file.char_indices().nth(MOST_SHOWN).map_or(file.len(), |(at, _)| at));
                let end = if rest.is_empty() { "" } else { "…" };
                write!(f, "entries[{index}] can't be journaled: {reason}: {shown:?}{end}")
            }
            Self::InvalidTimestamp { text } => {
                write!(f, "The timestamp must be a finite number of milliseconds, 0 or more. Received {text}")
            }
            Self::InvalidPosition { text } => {
                write!(f, "The position must be one that a mark has returned: 16 hexadecimal digits. Received {text:?}")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "its file name is empty",
            Self::ControlCharacter => "its file name has a line feed, a carriage return or a NUL in it",
            Self::WhiteSpaceAtEnd => "its file name begins or ends with white space",
            Self::Comment => "its file name begins with '#', which marks a comment",
            Self::DeletedPrefix => "its file name begins with 'DELETED ', which marks a removed file",
        })
    }
}

/// Adds to the error of a system call which call it was, and on which path.
pub(crate) trait Context<T> {
    fn during(self, syscall: &'static str, path: &Path) -> Result<T>;
}

impl<T> Context<T> for io::Result<T> {
    fn during(self, syscall: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io { syscall, path: path.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_and_cut() {
        let message = |file: String| Error::InvalidEntry { index: 0, file, reason: Refusal::Comment }.to_string();
        for (file, quoted) in [("#\n\"", r##""#\n\"""##), ("#\u{feff}", r##""#\u{feff}""##)] {
            assert!(message(file.to_owned()).ends_with(&format!(": {quoted}")), "{file:?}");
        }
        let long = "ä".repeat(80);
        assert!(message(long.clone()).ends_with(&format!(": \"{long}\"")));
        assert!(message(long.clone() + "ä").ends_with(&format!(": \"{long}\"…")));
    }
}

//! What can go wrong: every error names the operation, the path and the cause.

use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::lock::HeldBy;
use crate::sys;

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed. Nothing on disk was changed by one that ended in [`InvalidEntry`](Error::InvalidEntry),
/// [`InvalidTimestamp`](Error::InvalidTimestamp) or [`InvalidPosition`](Error::InvalidPosition). After any other the entries may or may not be in the journal: the lock can be
/// lost after the write. Writing them again does no harm.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A system call failed.
    Io {
        /// The system call, by Node's name for it.
        syscall: &'static str,
        /// The file that it was for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The lock was held by others for the whole timeout.
    LockTimeout {
        /// The lockfile.
        path: PathBuf,
        /// How long was waited.
        timeout: Duration,
        /// Who held it at the end.
        held_by: HeldBy,
    },
    /// The wait for the lock was cancelled by whoever had asked for it. Nothing was written, unless an attempt before it has lost the
    /// lock.
    Cancelled {
        /// The lockfile.
        path: PathBuf,
    },
    /// The lock was lost, or the journal replaced, during each of several attempts.
    NotAcknowledged {
        /// The journal.
        path: PathBuf,
        /// How often it was tried.
        attempts: u32,
    },
    /// Something that is no regular file stands where one of the journal's files belongs.
    NotAFile {
        /// Where.
        path: PathBuf,
    },
    /// An entry that the format can't carry.
    InvalidEntry {
        /// Its position among the entries, from 0.
        index: usize,
        /// Its file name.
        file: String,
        /// What is wrong with it.
        reason: Refusal,
    },
    /// A timestamp that no header can carry.
    InvalidTimestamp {
        /// It, as text.
        text: String,
    },
    /// A text that is no position.
    InvalidPosition {
        /// It.
        text: String,
    },
}

/// Why an entry is refused: a reader would not get the same file back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The file name is empty.
    Empty,
    /// It has a line feed, a carriage return or a NUL in it.
    ControlCharacter,
    /// It begins or ends with white space, which readers trim.
    WhiteSpaceAtEnd,
    /// It begins with `#`: readers take it for a comment. Refused of a removed file too, for it can't have been added.
    Comment,
    /// It begins with `DELETED `: readers take it for a removal.
    DeletedPrefix,
}

impl Error {
    /// A name for this kind of error that does not change from version to version: `ERR_JOURNAL_LOCK_TIMEOUT`, for example.
    ///
    /// Every [`Error::Io`] has the same one, `ERR_JOURNAL_IO`. Its `source` tells which system error it was.
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
    /// Whether something that was there, or had just been made, is gone: somebody has removed the directory, or, on a network
    /// file system, the lockfile that was being looked at. A directory that can't be made is another matter.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io { syscall, source, .. }
            if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::StaleNetworkFileHandle)
                && *syscall != "mkdir")
    }

    /// Whether another way to do the same would meet it too.
    pub(crate) fn is_everywhere(&self) -> bool {
        matches!(self, Self::Io { syscall, source, .. } if *syscall == "mkdir" || sys::is_everywhere(source))
            || self.is_missing()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { syscall, path, .. } => write!(f, "{syscall} '{}' failed", path.display()),
            // The words up to "ms" are the JS module's own; what is added follows after them.
            Self::LockTimeout { path, timeout, held_by } => {
                let (path, ms) = (path.display(), timeout.as_millis());
                write!(f, "Failed to acquire journal lock at {path} within {ms}ms: {held_by}")
            }
            Self::Cancelled { path } => write!(f, "The wait for the journal lock at {} was cancelled", path.display()),
            Self::NotAcknowledged { path, attempts } => write!(
                f,
                "The journal {} was written without its lock, or the lock taken away, in each of {attempts} attempts; call again",
                path.display()
            ),
            Self::NotAFile { path } => {
                write!(f, "{} is no regular file; remove it and call again", path.display())
            }
            Self::InvalidEntry { index, file, reason } => {
                write!(f, "entries[{index}] can't be journaled: {reason}: {}", Quoted(file))
            }
            Self::InvalidTimestamp { text } => {
                write!(f, "The timestamp must be a finite number of milliseconds, 0 or more. Received {text}")
            }
            Self::InvalidPosition { text } => {
                write!(
                    f,
                    "The position must be one that a read gave: 16 hexadecimal digits, or nothing. Received {text:?}"
                )
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

/// A text as JSON has it, with what can't be seen escaped too. A long text is cut, which an ellipsis behind the quotes tells.
struct Quoted<'a>(&'a str);

impl Quoted<'_> {
    const LENGTH: usize = 80;
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars().take(Self::LENGTH) {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\u{feff}' => f.write_str("\\ufeff")?,
                _ if c != ' ' && (c.is_control() || c.is_whitespace()) => write!(f, "\\u{:04x}", u32::from(c))?,
                _ => f.write_char(c)?,
            }
        }
        f.write_char('"')?;
        if self.0.chars().nth(Self::LENGTH).is_some() { f.write_char('…') } else { Ok(()) }
    }
}

/// Says of a system call's result which call it was, and on what.
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
    use super::Quoted;

    #[test]
    fn a_name_is_quoted_as_json_and_cut() {
        for (text, quoted) in [
            ("", r#""""#),
            ("a b/ä", r#""a b/ä""#),
            ("\"\\", r#""\"\\""#),
            ("\n\r\t\0\u{1b}", r#""\n\r\t\u0000\u001b""#),
            ("\u{feff}\u{a0}\u{2028}", r#""\ufeff\u00a0\u2028""#),
        ] {
            assert_eq!(Quoted(text).to_string(), quoted);
        }
        let long = "ä".repeat(80);
        assert_eq!(Quoted(&long).to_string(), format!("\"{long}\""));
        assert_eq!(Quoted(&format!("{long}ä")).to_string(), format!("\"{long}\"…"));
    }
}

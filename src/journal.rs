//! The journal and its operations.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::format::{Batch, Contents, Entry, Timestamp};
use crate::journal_file::{self, Written};
use crate::lock::{self, Degraded, Lock};

/// The journal's name in its directory. Equals `JOURNAL_FILENAME` of codegraph 3.11.2's journal.js.
pub const JOURNAL_FILENAME: &str = "changes.journal";

/// The directory of a project in which codegraph keeps its files.
const CODEGRAPH_DIR: &str = ".codegraph";

/// How often a write is done again because its lock was lost or the journal replaced. Each time takes a suspension of 30 s,
/// two JS writers robbing each other, or the engine's unlocked header writer at the very moment.
const ATTEMPTS: u32 = 10;

/// The change journal of one project.
///
/// Each write takes the lock, looks whether it still has it (*look before*), writes, and looks again (*look after*): the path
/// must still name the file that was written to, and the lockfile must still be ours. If not, it is done again, for
/// entries are idempotent. Only then is it acknowledged by `Ok`.
///
/// Nothing is kept open between calls, and any number of `Journal`s, threads and processes may use one journal.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
    lock_timeout: Duration,
}

/// What an acknowledged write had to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// What the file system does not offer, if anything.
    pub degraded: Option<Degraded>,
    /// How many stale lockfiles it took over.
    pub takeovers: u32,
    /// How often it was done again.
    pub redone: u32,
}

impl Journal {
    /// The journal of the project at `root`: `<root>/.codegraph/changes.journal`.
    #[must_use]
    pub fn for_root(root: impl AsRef<Path>) -> Self {
        Self::in_dir(root.as_ref().join(CODEGRAPH_DIR))
    }

    /// The journal in the directory `dir`: `<dir>/changes.journal`.
    #[must_use]
    pub fn in_dir(dir: impl AsRef<Path>) -> Self {
        Self { path: dir.as_ref().join(JOURNAL_FILENAME), lock_timeout: lock::TIMEOUT }
    }

    /// The same journal with another lock timeout than 5 s. It is for each acquisition: a call that loses the lock, or whose
    /// journal is replaced, while it writes acquires it again.
    #[must_use]
    pub fn with_lock_timeout(self, lock_timeout: Duration) -> Self {
        Self { lock_timeout, ..self }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the journal, without a lock. `None` if it is missing, can't be read, or its header is bad or was never stamped:
    /// the reader then has to look at all files.
    #[must_use]
    pub fn read(&self) -> Option<Contents> {
        Contents::parse(journal_file::read(&self.path)?)
    }

    /// Appends entries. A journal that is missing gets the placeholder header `… v1 0` and is invalid until it is stamped.
    ///
    /// No entries at all are a blank line, as from the JS module.
    ///
    /// # Errors
    /// An entry that the format can't carry, the lock's timeout, a system call that failed, something that is no file, or
    /// [`Error::NotAcknowledged`].
    pub fn append(&self, entries: &[Entry<'_>]) -> Result<Receipt> {
        self.append_batch(Batch::encode(entries.iter().copied())?)
    }

    pub(crate) fn append_batch(&self, batch: Batch) -> Result<Receipt> {
        let batch = batch.or_blank_line();
        self.write(|lock| journal_file::append(&self.path, &batch, lock))
    }

    /// Appends entries and stamps the header with `timestamp`: readers then know of every change up to that time.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_and_stamp(&self, entries: &[Entry<'_>], timestamp: &Timestamp) -> Result<Receipt> {
        self.append_batch_and_stamp(&Batch::encode(entries.iter().copied())?, timestamp)
    }

    pub(crate) fn append_batch_and_stamp(&self, batch: &Batch, timestamp: &Timestamp) -> Result<Receipt> {
        self.write(|lock| journal_file::append_and_stamp(&self.path, batch, timestamp, lock))
    }

    /// Drops all entries and stamps the header.
    ///
    /// # Errors
    /// As [`append`](Self::append), but for the entries.
    pub fn reset(&self, timestamp: &Timestamp) -> Result<Receipt> {
        self.write(|lock| journal_file::reset(&self.path, timestamp, lock))
    }

    fn write<'a>(&'a self, write: impl Fn(&Lock) -> Result<Written<'a>>) -> Result<Receipt> {
        let mut lock = Lock::acquire(&self.path, self.lock_timeout)?;
        for redone in 0..ATTEMPTS {
            while !lock.is_ours()? {
                lock.reacquire()?;
            }
            if write(&lock)?.is_current()? && lock.release()? {
                return Ok(Receipt { degraded: lock.degraded(), takeovers: lock.takeovers(), redone });
            }
        }
        Err(Error::NotAcknowledged { path: self.path.clone(), attempts: ATTEMPTS })
    }
}

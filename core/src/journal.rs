//! The journal and its operations.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::format::{Batch, Contents, Entry, Position, Timestamp};
use crate::journal_file::{self, JournalFile, Written};
use crate::lock::{self, HeldBy, Limit, Lock};
use crate::receipt::{Counters, Noted, Receipt, Redo, Stats};
use crate::sys;

/// The journal's name in its directory. Equals `JOURNAL_FILENAME` of codegraph 3.11.2's journal.js.
pub const JOURNAL_FILENAME: &str = "changes.journal";

/// The directory of a project in which codegraph keeps its files, the journal among them.
pub const CODEGRAPH_DIR: &str = ".codegraph";

/// How often a write is tried. It is repeated if its lock was lost or the journal was replaced. Each time that takes a rare event: a suspension of
/// 30 s, two JS writers that steal each other's lock, or the engine's header writer, which takes no lock, at that very moment.
const ATTEMPTS: u32 = 10;

/// The change journal of one project.
///
/// Each write takes the lock, writes, and then checks two things: the path must still name the file that was written to (*look after*), and the
/// lockfile must still be this writer's. If a check fails, the write is repeated. That does no harm, because readers report each name once.
/// A write returns `Ok`, and is acknowledged, only after both checks.
///
/// Nothing is kept open between calls, and any number of `Journal`s, threads and processes may use one journal. A clone shares its
/// [`stats`](Self::stats).
#[derive(Debug, Clone)]
pub struct Journal {
    file: JournalFile,
    limit: Limit,
    counters: Arc<Counters>,
}

/// The result of a [`Journal::mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mark {
    /// How far the journal has come.
    pub position: Position,
    /// What the call had to do to write the position. Nothing, if it wrote none.
    pub receipt: Receipt,
}

/// The result of a [`Journal::checkpoint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// Whether the position was still valid: it was in the journal, so everything before it is dropped.
    pub fitted: bool,
    /// What the write had to do.
    pub receipt: Receipt,
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
        Self {
            file: JournalFile { path: dir.as_ref().join(JOURNAL_FILENAME), durable: false },
            limit: Limit { timeout: lock::TIMEOUT, cancel: None },
            counters: Arc::default(),
        }
    }

    /// The same journal with another lock timeout than 5 s.
    ///
    /// The timeout applies to each acquisition of the lock. A call acquires the lock again if it loses the lock while it writes, or if the
    /// journal is replaced meanwhile.
    #[must_use]
    pub fn with_lock_timeout(mut self, timeout: Duration) -> Self {
        self.limit.timeout = timeout;
        self
    }

    /// The same journal, whose waits for the lock end with [`Error::Cancelled`] soon after `cancel` is set. A write that has the lock is still
    /// finished.
    #[must_use]
    pub fn with_cancel(mut self, cancel: Arc<AtomicBool>) -> Self {
        self.limit.cancel = Some(cancel);
        self
    }

    /// The same journal, whose writes are acknowledged only when they are on the disk, so that they survive a power failure. Each write then takes
    /// as long as the disk needs, from tenths of a millisecond to some milliseconds.
    #[must_use]
    pub fn durable(mut self, durable: bool) -> Self {
        self.file.durable = durable;
        self
    }

    /// Where the journal is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Reads the journal, without the lock.
    ///
    /// The result is `None` if the journal is missing, can't be read, or is invalid: its header is bad, or was never stamped. Then the caller
    /// has to look at all files.
    #[must_use]
    pub fn read(&self) -> Option<Contents> {
        Contents::parse(journal_file::read(self.path())?)
    }

    /// Marks the end of the journal, so that a later [`checkpoint`](Self::checkpoint) can drop what comes before. A build marks first and then
    /// reads. What comes in between is read, and kept as well.
    ///
    /// The mark is a comment line in the journal, written under the lock. The call writes nothing if the journal has no entries, or ends
    /// with such a line already. It also writes nothing to a journal that reads as `None`: there the position is [`Position::START`].
    ///
    /// # Errors
    /// Those of [`append`](Self::append), without those of entries.
    pub fn mark(&self) -> Result<Mark> {
        let read = journal_file::read(self.path()).unwrap_or_default();
        let at_end = Position::at_end_of(&read);
        if let Some(position) = if Contents::parse(read).is_some() { at_end } else { Some(Position::START) } {
            return Ok(Mark { position, receipt: Receipt::default() });
        }
        let (receipt, position) = self.write(|lock| self.file.mark(Position::new(sys::random()), lock))?;
        Ok(Mark { position, receipt })
    }

    /// Appends entries. If the journal is missing, it is created with the placeholder header `… v1 0`, and is invalid until it is stamped.
    ///
    /// Without entries the call appends a blank line, as the JS module does.
    ///
    /// # Errors
    /// An entry that the format can't carry, the lock's timeout, a system call that failed, something other than a file, or
    /// [`Error::NotAcknowledged`].
    pub fn append(&self, entries: &[Entry<'_>]) -> Result<Receipt> {
        self.append_batch(Batch::encode(entries.iter().copied(), Err)?)
    }

    /// For the addon: as [`append`](Self::append), of entries that are encoded already.
    #[doc(hidden)]
    #[allow(clippy::missing_errors_doc, reason = "those of `append`")]
    pub fn append_batch(&self, batch: Batch<'_>) -> Result<Receipt> {
        let batch = batch.or_blank_line();
        self.write(|lock| Ok((self.file.append(&batch, lock)?, ()))).map(|(receipt, ())| receipt)
    }

    /// Appends entries and stamps the header with `timestamp`: readers then know of every change up to that time.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_and_stamp(&self, entries: &[Entry<'_>], timestamp: &Timestamp) -> Result<Receipt> {
        self.append_batch_and_stamp(&Batch::encode(entries.iter().copied(), Err)?, timestamp)
    }

    /// For the addon: as [`append_and_stamp`](Self::append_and_stamp), of entries that are encoded already.
    #[doc(hidden)]
    #[allow(clippy::missing_errors_doc, reason = "those of `append_and_stamp`")]
    pub fn append_batch_and_stamp(&self, batch: &Batch<'_>, timestamp: &Timestamp) -> Result<Receipt> {
        self.write(|lock| Ok((self.file.append_and_stamp(batch, timestamp, lock)?, ()))).map(|(receipt, ())| receipt)
    }

    /// Drops all entries and stamps the header.
    ///
    /// # Errors
    /// Those of [`append`](Self::append), without those of entries.
    pub fn reset(&self, timestamp: &Timestamp) -> Result<Receipt> {
        self.write(|lock| Ok((self.file.reset(timestamp, lock)?, ()))).map(|(receipt, ())| receipt)
    }

    /// Drops the entries before `position`, keeps those after it, and stamps the header. `timestamp` is when the build started, taken before its
    /// [`mark`](Self::mark): a file that changed since may not be built, and its entry may not be in the journal yet.
    ///
    /// Others may have stamped the journal meanwhile, and the JS module may have rewritten it: the position is still valid. After a reset or a
    /// later checkpoint it is not. Then nothing is dropped, and the header is only stamped.
    ///
    /// # Errors
    /// Those of [`append`](Self::append), without those of entries.
    pub fn checkpoint(&self, position: Position, timestamp: &Timestamp) -> Result<Checkpoint> {
        let fitted = Cell::new(false);
        let (receipt, ()) = self.write(|lock| {
            let (written, fits) = self.file.checkpoint(position, timestamp, lock)?;
            fitted.set(fitted.get() || fits); // when the write is done again, the position is gone already
            Ok((written, ()))
        })?;
        Ok(Checkpoint { fitted: fitted.get(), receipt })
    }

    /// Who has the lock now, or what is in its way; `None` if the lock is free. The lockfile of a killed writer stays until the next write.
    #[must_use]
    pub fn holder(&self) -> Option<HeldBy> {
        lock::holder(self.path().parent()?)
    }

    /// What the writes through this handle and its clones have had to do.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.counters.stats()
    }

    fn write<T>(&self, write: impl Fn(&Lock<'_>) -> Result<(Written, T)>) -> Result<(Receipt, T)> {
        let result = self.write_locked(write);
        match &result {
            Ok((receipt, _)) => self.counters.count(receipt),
            Err(Error::LockTimeout { timeout, .. }) => self.counters.count_timeout(*timeout),
            Err(_) => {}
        }
        result
    }

    fn write_locked<T>(&self, write: impl Fn(&Lock<'_>) -> Result<(Written, T)>) -> Result<(Receipt, T)> {
        let noted = Noted::default();
        for _ in 0..ATTEMPTS {
            let lock = Lock::acquire(self.path().parent().unwrap_or(Path::new(".")), &self.limit, &noted)?;
            let (written, outcome) = match write(&lock) {
                // Somebody has removed the directory, or the file that was about to become the journal.
                Err(error) if error.is_missing() => {
                    noted.redone(Redo::JournalReplaced);
                    continue;
                }
                written => written?,
            };
            let is_current = self.file.is_current(&written, &lock)?;
            // The file is closed before others get the lock. On Windows they could not replace a journal that this process has open.
            drop(written);
            match lock.release()? {
                true if is_current => return Ok((noted.receipt(), outcome)),
                true => noted.redone(Redo::JournalReplaced),
                false => noted.redone(Redo::LockLost),
            }
        }
        Err(Error::NotAcknowledged { path: self.path().to_owned(), attempts: ATTEMPTS })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::time::SystemTime;

    use super::*;

    /// An append, and something that happens behind the write of its first attempt: what the append had to do, and the journal then.
    fn disturbed(disturb: impl Fn(&Path)) -> (Receipt, String) {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::in_dir(dir.path());
        let batch = Batch::encode([Entry::changed("a")].into_iter(), Err).unwrap();
        let attempts = Cell::new(0);
        let (receipt, ()) = journal
            .write(|lock| {
                let written = journal.file.append(&batch, lock)?;
                attempts.set(attempts.get() + 1);
                if attempts.get() == 1 {
                    disturb(dir.path());
                }
                Ok((written, ()))
            })
            .unwrap();
        assert_eq!(attempts.get(), receipt.redone + 1);
        assert_eq!(journal.stats().retries, receipt.redone.into());
        (receipt, fs::read_to_string(journal.path()).unwrap())
    }

    #[test]
    fn a_write_that_nobody_disturbs_is_done_once() {
        let (receipt, text) = disturbed(|_| ());
        assert_eq!((receipt.redone, receipt.redo), (0, None));
        assert_eq!(text, "# codegraph-journal v1 0\na\n");
    }

    #[test]
    fn a_write_whose_lock_was_taken_away_is_done_again() {
        let (receipt, text) = disturbed(|dir| {
            let (theirs, lockfile) = (dir.join("theirs"), dir.join("changes.journal.lock"));
            fs::write(&theirs, "1\n1-0011223344556677\n").unwrap();
            let long_ago = SystemTime::now() - Duration::from_secs(31);
            fs::File::options().write(true).open(&theirs).unwrap().set_modified(long_ago).unwrap();
            fs::rename(theirs, lockfile).unwrap();
        });
        assert_eq!((receipt.redone, receipt.redo), (1, Some(Redo::LockLost)));
        assert_eq!(receipt.takeovers, 1);
        assert_eq!(text, "# codegraph-journal v1 0\na\na\n");
    }

    #[test]
    fn a_write_whose_journal_was_replaced_is_done_again() {
        let (receipt, text) = disturbed(|dir| {
            fs::write(dir.join("engine"), "# codegraph-journal v1 5\n").unwrap();
            fs::rename(dir.join("engine"), dir.join(JOURNAL_FILENAME)).unwrap();
        });
        assert_eq!((receipt.redone, receipt.redo), (1, Some(Redo::JournalReplaced)));
        assert_eq!(text, "# codegraph-journal v1 5\na\n");
    }
}

//! The journal's bytes on disk. Every function that writes them takes the held lock as proof.

mod in_place;
mod open;
mod put;
#[cfg(all(test, unix))]
mod tests;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use self::in_place::Stamp;
use self::open::Open;
use self::put::{create, put, replace};
use crate::error::{Context, Result};
use crate::format::{Batch, Position, Timestamp, body, compacted, is_due, whole_lines};
use crate::lock::{Lock, patiently};
use crate::sys::{self, File, FileId};

pub(crate) use self::open::read;

/// Where the journal is, and how its bytes are to be written.
#[derive(Debug, Clone)]
pub(crate) struct JournalFile {
    pub path: PathBuf,
    /// Whether a write is on the disk before it is acknowledged.
    pub durable: bool,
}

/// The result of a write. [`JournalFile::is_current`] tells whether the write counts.
pub(crate) enum Written {
    /// This file was written to. The file stays open until *look after*, so that no other file can get its inode number.
    To {
        #[expect(dead_code, reason = "it only has to stay open")]
        file: File,
        id: FileId,
    },
    /// The writer has read back at the journal's path what it had written. That is the check where the file system is not known to be local.
    Seen,
    /// There was nothing to write.
    Nothing,
    /// The bytes are not in the journal: the lock was taken away, or somebody has written the journal without the lock.
    Lost,
}

/// What was read of a journal, and the position behind all of that.
pub(crate) struct Marked {
    pub read: Vec<u8>,
    pub position: Position,
}

impl JournalFile {
    /// Step *look after*: whether the journal's path still names the file that was written to. The header writer of codegraph's engine takes no
    /// lock, and may have put another file there.
    pub fn is_current(&self, written: &Written) -> Result<bool> {
        match written {
            Written::To { id, .. } => patiently(|| is_named(&self.path, *id)).during("lstat", &self.path),
            Written::Seen | Written::Nothing => Ok(true),
            Written::Lost => Ok(false),
        }
    }

    /// Appends a batch. A missing journal gets the placeholder header, and so does an empty one, which a killed JS writer or a power failure
    /// leaves. Otherwise the first entry would stand in the header's place, and the next stamp would drop that entry.
    pub fn append(&self, batch: &Batch<'_>, lock: &Lock) -> Result<Written> {
        let Some(journal) = Open::journal(&self.path, lock)? else {
            return put(
                self,
                &[Timestamp::placeholder().header().as_bytes(), batch.after(b"").as_bytes()],
                None,
                lock,
                create,
            );
        };
        let lines = batch.after(&journal.tail()?);
        let compacted = compacted_with(&journal, batch, lines.len())?;
        if compacted.is_none() && journal.stat.len > 0 && is_in_place(&journal) {
            return self.write_in_place(journal, &lines, None, lock);
        }
        let mode = journal.stat.mode;
        let old = journal.into_contents()?;
        let placeholder = Timestamp::placeholder().header();
        let (first_line, rest) = old.split_at(old.len() - body(&old).len());
        let first_line = if old.is_empty() { placeholder.as_bytes() } else { first_line };
        match &compacted {
            Some(body) => put(self, &[first_line, body], Some(mode), lock, replace),
            None => put(self, &[first_line, rest, lines.as_bytes()], Some(mode), lock, replace),
        }
    }

    /// Appends a batch and stamps the header, in place if the header can be stamped so.
    pub fn append_and_stamp(&self, batch: &Batch<'_>, timestamp: &Timestamp, lock: &Lock) -> Result<Written> {
        let Some(journal) = Open::journal(&self.path, lock)? else {
            return put(self, &[timestamp.header().as_bytes(), batch.after(b"").as_bytes()], None, lock, create);
        };
        let head = journal.head()?;
        let lines = batch.after(&journal.tail()?);
        let compacted = compacted_with(&journal, batch, lines.len())?;
        if let Some(overwrites) = timestamp.overwrites(&head).filter(|_| compacted.is_none() && is_in_place(&journal)) {
            return self.write_in_place(journal, &lines, Some(Stamp { timestamp, overwrites }), lock);
        }
        let header = timestamp.header();
        let mode = journal.stat.mode;
        let old = journal.into_contents()?;
        let body = body(&old);
        match &compacted {
            Some(body) => put(self, &[header.as_bytes(), body], Some(mode), lock, replace),
            None => put(self, &[header.as_bytes(), body, batch.after(body).as_bytes()], Some(mode), lock, replace),
        }
    }

    /// Puts a journal that has only a header in the place of whatever is there.
    pub fn reset(&self, timestamp: &Timestamp, lock: &Lock) -> Result<Written> {
        put(self, &[timestamp.header().as_bytes()], None, lock, replace)
    }

    /// Puts the position `new` at the journal's end, unless the journal ends with a position already. Returns that position and what stands
    /// before it; `None` without a journal.
    pub fn mark(&self, new: Position, lock: &Lock) -> Result<(Written, Option<Marked>)> {
        let Some(journal) = Open::journal(&self.path, lock)? else { return Ok((Written::Nothing, None)) };
        let read = journal.into_contents()?;
        if let Some(position) = Position::at_end_of(&read) {
            return Ok((Written::Nothing, Some(Marked { read, position })));
        }
        let written = self.append(&Batch::of_position(new), lock)?;
        Ok((written, Some(Marked { read, position: new })))
    }

    /// Drops what stands before a position and stamps the header. If the position is not in the journal, the header is only stamped, and the
    /// result is false. A reader of an invalid journal has the position at the start. A checkpoint there drops the lines that a power failure
    /// has left of an append.
    pub fn checkpoint(&self, position: Position, timestamp: &Timestamp, lock: &Lock) -> Result<(Written, bool)> {
        let Some(journal) = Open::journal(&self.path, lock)? else {
            return Ok((self.append_and_stamp(&Batch::default(), timestamp, lock)?, position == Position::START));
        };
        let mode = journal.stat.mode;
        let old = journal.into_contents()?;
        let rest = position.rest(&old);
        let kept = rest.clone().map_or(body(&old), |rest| &old[rest]);
        let kept = if position == Position::START { whole_lines(kept) } else { kept.into() };
        let written = if kept == body(&old) {
            self.append_and_stamp(&Batch::default(), timestamp, lock)?
        } else {
            put(self, &[timestamp.header().as_bytes(), &kept], Some(mode), lock, replace)?
        };
        Ok((written, rest.is_some()))
    }

    /// Syncs the appended bytes, and the journal's name: whoever made the journal may not have waited for the disk.
    fn sync(&self, journal: &Open<'_>) -> Result<()> {
        if self.durable { journal.file.sync_all().during("fsync", &self.path) } else { Ok(()) }
    }

    /// Syncs the overwritten bytes.
    fn sync_bytes(&self, journal: &Open<'_>) -> Result<()> {
        if self.durable { journal.file.sync_data().during("fdatasync", &self.path) } else { Ok(()) }
    }
}

/// Whether the journal is written to in place. A journal with other names is not, because these may be anybody's: those of a snapshot, for
/// example.
fn is_in_place(journal: &Open<'_>) -> bool {
    !journal.stat.has_other_names() && in_place::is_possible(journal)
}

/// The compacted body with the batch, which has `bytes` bytes; `None` if a compaction is not due, or is not worth its cost.
fn compacted_with(journal: &Open<'_>, batch: &Batch<'_>, bytes: usize) -> Result<Option<Vec<u8>>> {
    if journal.is_too_long() || !is_due(journal.stat.len, journal.stat.len + bytes as u64) {
        return Ok(None);
    }
    let old = journal.contents()?;
    Ok(match body(&old) {
        [] => None, // the first line may have no end
        body => compacted(&[body, batch.after(body).as_bytes()].concat()),
    })
}

/// Whether a path still names this very file.
fn is_named(path: &Path, id: FileId) -> io::Result<bool> {
    match sys::stat(path) {
        Ok(named) => Ok(named.id == id),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

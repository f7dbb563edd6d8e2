//! The journal's bytes on disk. Everything that writes them takes the held lock as proof.

mod in_place;
mod open;
mod put;
#[cfg(all(test, unix))]
mod tests;

use std::fs::File;
use std::path::PathBuf;

use self::in_place::Stamp;
use self::open::Open;
use self::put::{create, put, replace};
use crate::error::{Context, Result};
use crate::format::{Batch, Position, Timestamp, body, compacted, is_due, whole_lines};
use crate::lock::{Lock, patiently};
use crate::sys::{self, FileId};

pub(crate) use self::open::read;

/// Where the journal is, and how far its bytes are to go.
#[derive(Debug, Clone)]
pub(crate) struct JournalFile {
    pub path: PathBuf,
    /// Whether a write is on the disk before it is acknowledged.
    pub durable: bool,
}

/// What a write came to; whether it counts is told by [`JournalFile::is_current`].
pub(crate) enum Written {
    /// This file was written to. It stays open until the look, so that its inode number can't come to mean another file.
    To {
        #[expect(dead_code, reason = "it only has to stay open")]
        file: File,
        id: FileId,
    },
    /// What was written has been read back at the journal's path: elsewhere than on a local file system.
    Seen,
    /// There was nothing to write.
    Nothing,
    /// It is not in the journal: the lock was taken away, or the journal was written without it.
    Lost,
}

/// A journal, as it was when all of it came to stand before a position.
pub(crate) struct Marked {
    pub read: Vec<u8>,
    pub position: Position,
}

impl JournalFile {
    /// Step *look after*: the unlocked header writer of codegraph's engine may have put another file in place of the one
    /// written to.
    pub fn is_current(&self, written: &Written) -> Result<bool> {
        match written {
            Written::To { id, .. } => patiently(|| sys::is_named(&self.path, *id)).during("lstat", &self.path),
            Written::Seen | Written::Nothing => Ok(true),
            Written::Lost => Ok(false),
        }
    }

    /// Appends a batch; a missing journal gets the placeholder header. So does an empty one, which a killed JS writer leaves and a power
    /// failure: else the first entry would stand in the header's place, and the next stamp drop it.
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
        let mode = journal.stat.permissions.clone();
        let old = journal.into_contents()?;
        let placeholder = Timestamp::placeholder().header();
        let (first_line, rest) = old.split_at(old.len() - body(&old).len());
        let first_line = if old.is_empty() { placeholder.as_bytes() } else { first_line };
        match &compacted {
            Some(body) => put(self, &[first_line, body], Some(mode), lock, replace),
            None => put(self, &[first_line, rest, lines.as_bytes()], Some(mode), lock, replace),
        }
    }

    /// Appends a batch and stamps the header: in place, if the header can be.
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
        let mode = journal.stat.permissions.clone();
        let old = journal.into_contents()?;
        let body = body(&old);
        match &compacted {
            Some(body) => put(self, &[header.as_bytes(), body], Some(mode), lock, replace),
            None => put(self, &[header.as_bytes(), body, batch.after(body).as_bytes()], Some(mode), lock, replace),
        }
    }

    /// Puts a journal of only a header in place of whatever is there.
    pub fn reset(&self, timestamp: &Timestamp, lock: &Lock) -> Result<Written> {
        put(self, &[timestamp.header().as_bytes()], None, lock, replace)
    }

    /// Ends what is in the journal with a position, `new` unless one does already. Tells what stands before it; `None` without a journal.
    pub fn mark(&self, new: Position, lock: &Lock) -> Result<(Written, Option<Marked>)> {
        let Some(journal) = Open::journal(&self.path, lock)? else { return Ok((Written::Nothing, None)) };
        let read = journal.into_contents()?;
        if let Some(position) = Position::at_end_of(&read) {
            return Ok((Written::Nothing, Some(Marked { read, position })));
        }
        let written = self.append(&Batch::of_position(new), lock)?;
        Ok((written, Some(Marked { read, position: new })))
    }

    /// Drops what stands before a position and stamps the header; only stamps it if the position does not fit, which it then tells
    /// by false. From the start, where a journal that reads as invalid is read from, it drops what a power failure has left of an append.
    pub fn checkpoint(&self, position: Position, timestamp: &Timestamp, lock: &Lock) -> Result<(Written, bool)> {
        let Some(journal) = Open::journal(&self.path, lock)? else {
            return Ok((self.append_and_stamp(&Batch::default(), timestamp, lock)?, position == Position::START));
        };
        let mode = journal.stat.permissions.clone();
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

    /// What was appended; and the journal's name, which somebody may have given it without waiting for the disk.
    fn sync(&self, journal: &Open<'_>) -> Result<()> {
        if self.durable { journal.file.sync_all().during("fsync", &self.path) } else { Ok(()) }
    }

    /// What was overwritten.
    fn sync_bytes(&self, journal: &Open<'_>) -> Result<()> {
        if self.durable { journal.file.sync_data().during("fdatasync", &self.path) } else { Ok(()) }
    }
}

/// A journal with other names is not written to in place, for they may be anybody's: a snapshot's, say.
fn is_in_place(journal: &Open<'_>) -> bool {
    !journal.stat.has_other_names && in_place::is_possible(journal)
}

/// The body with a batch of so many bytes behind it, compacted, if that is due and worth it.
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

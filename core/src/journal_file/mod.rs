//! The journal's bytes on disk. Every function that writes them takes the held lock as proof.

mod in_place;
mod open;
mod put;

use std::path::PathBuf;

use self::in_place::Stamp;
use self::open::Open;
use self::put::{create, put, replace};
use crate::JOURNAL_FILENAME;
use crate::error::{Context, Result};
use crate::format::{Batch, Position, Timestamp, body, whole_lines};
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

/// The result of a write. [`JournalFile::is_current`] decides whether the write counts.
pub(crate) enum Written {
    /// The write went to this file. It stays open until *look after*, so that no other file can get its inode number.
    To { id: FileId, _open: File },
    /// The writer has read its bytes back, because the file system is not known to be local; or there was nothing to write.
    Seen,
    /// The bytes are not in the journal: the lock was stolen, or somebody has written the journal without the lock.
    Lost,
}

impl JournalFile {
    /// Step *look after*: whether the journal's path still names the file that was written to. The header writer of codegraph's engine takes no
    /// lock, and may have put another file there; and somebody may have moved the whole directory.
    pub fn is_current(&self, written: &Written, lock: &Lock<'_>) -> Result<bool> {
        let id = match written {
            Written::To { id, .. } => id,
            Written::Seen => return Ok(lock.is_at_path()),
            Written::Lost => return Ok(false),
        };
        match patiently(|| sys::stat(&self.path)) {
            Err(error) if sys::is_gone_or_odd(&error) => Ok(false),
            // With the file's name the path is too long. The directory's path is not.
            Err(error) if sys::is_too_long(&error) => {
                let stat = lock.dir().stat_file(JOURNAL_FILENAME).during("lstat", &self.path)?;
                Ok(lock.is_at_path() && stat.id == *id)
            }
            named => named.map(|stat| stat.id == *id).during("lstat", &self.path),
        }
    }

    /// Appends a batch. A missing journal gets the placeholder header, and so does an empty one, which a killed JS writer or a power failure
    /// leaves. Otherwise the first entry would be in the header's place, and the next stamp would drop that entry.
    pub fn append(&self, batch: &Batch<'_>, lock: &Lock<'_>) -> Result<Written> {
        let header = Timestamp::placeholder().header();
        let Some(mut journal) = Open::to_append(&self.path, lock)? else {
            return put(self, &[header.as_bytes(), batch.after(b"").as_bytes()], None, lock, create);
        };
        let lines = batch.after(&journal.tail()?).into_owned();
        if journal.stat.len > 0 && journal.may_be_appended() {
            match self.append_in_place(journal, &lines, None, lock)? {
                Ok(written) => return Ok(written),
                Err(unwritten) => journal = unwritten,
            }
        }
        let (old, mode) = journal.into_contents(lock)?;
        let header = if old.is_empty() { header.as_bytes() } else { b"" };
        put(self, &[header, &old, lines.as_bytes()], Some(mode), lock, replace)
    }

    /// Appends a batch and stamps the header, in place if possible.
    pub fn append_and_stamp(&self, batch: &Batch<'_>, timestamp: &Timestamp, lock: &Lock<'_>) -> Result<Written> {
        let header = timestamp.header();
        let Some(mut journal) = Open::to_stamp(&self.path, lock)? else {
            return put(self, &[header.as_bytes(), batch.after(b"").as_bytes()], None, lock, create);
        };
        if lock.is_local()
            && journal.may_be_overwritten()
            && let Some(overwrites) = timestamp.overwrites(&journal.head()?)
        {
            let lines = batch.after(&journal.tail()?).into_owned();
            match self.append_in_place(journal, &lines, Some(&Stamp { timestamp, overwrites }), lock)? {
                Ok(written) => return Ok(written),
                Err(unwritten) => journal = unwritten,
            }
        }
        let (old, mode) = journal.into_contents(lock)?;
        let body = body(&old);
        put(self, &[header.as_bytes(), body, batch.after(body).as_bytes()], Some(mode), lock, replace)
    }

    /// Replaces whatever is at the journal's name with a journal that has only a header.
    pub fn reset(&self, timestamp: &Timestamp, lock: &Lock<'_>) -> Result<Written> {
        put(self, &[timestamp.header().as_bytes()], None, lock, replace)
    }

    /// Puts the position `new` at the journal's end. If there is no journal, writes nothing, and the position is the start.
    pub fn mark(&self, new: Position, lock: &Lock<'_>) -> Result<(Written, Position)> {
        match Open::to_append(&self.path, lock)? {
            Some(_) => Ok((self.append(&Batch::of_position(new), lock)?, new)),
            None => Ok((Written::Seen, Position::START)),
        }
    }

    /// Drops everything before a position and stamps the header. If the position is not in the journal, it only stamps the header, and the result
    /// is false. The position of an invalid journal is the start. A checkpoint at the start drops the lines that a power failure has left of an
    /// append.
    pub fn checkpoint(&self, position: Position, timestamp: &Timestamp, lock: &Lock<'_>) -> Result<(Written, bool)> {
        let Some(journal) = Open::to_stamp(&self.path, lock)? else {
            return Ok((self.append_and_stamp(&Batch::default(), timestamp, lock)?, position == Position::START));
        };
        let (old, mode) = journal.into_contents(lock)?;
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
}

//! The journal's bytes on disk. Every function that writes them takes the held lock as proof.
#![allow(clippy::clone_on_copy, reason = "on Windows a mode is no plain number")]

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
use crate::sys::{self, File, FileId, Mode};

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
    To { file: File, id: FileId },
    /// The writer has read its bytes back at the journal's path. That is the check if the file system is not known to be local.
    Seen,
    /// There was nothing to write.
    Nothing,
    /// The bytes are not in the journal: the lock was stolen, or somebody has written the journal without the lock.
    Lost,
}

impl JournalFile {
    /// Step *look after*: whether the journal's path still names the file that was written to. The header writer of codegraph's engine takes no
    /// lock, and may have put another file there; and somebody may have moved the whole directory.
    pub fn is_current(&self, written: &Written, lock: &Lock<'_>) -> Result<bool> {
        match written {
            Written::To { id, file } => {
                let named = patiently(|| sys::stat(&self.path).map(|stat| stat.id));
                match named {
                    Err(error) if sys::is_gone_or_odd(&error) => Ok(false),
                    // With the file's name the path is too long. The directory's path is not.
                    Err(error) if sys::is_too_long(&error) => {
                        let stat = lock.dir().stat_file(JOURNAL_FILENAME).during("lstat", &self.path)?;
                        Ok(lock.is_at_path() && stat.id == *id)
                    }
                    named => {
                        let _ = file;
                        named.map(|named| named == *id).during("lstat", &self.path)
                    }
                }
            }
            Written::Seen => Ok(true),
            Written::Nothing => Ok(lock.is_at_path()),
            Written::Lost => Ok(false),
        }
    }

    /// Appends a batch. A missing journal gets the placeholder header, and so does an empty one, which a killed JS writer or a power failure
    /// leaves. Otherwise the first entry would be in the header's place, and the next stamp would drop that entry.
    pub fn append(&self, batch: &Batch<'_>, lock: &Lock<'_>) -> Result<Written> {
        let header = Timestamp::placeholder().header();
        let Some(journal) = Open::to_append(&self.path, lock)? else {
            return put(self, &[header.as_bytes(), batch.after(b"").as_bytes()], None, lock, create);
        };
        let lines = batch.after(&journal.tail()?).into_owned();
        if journal.stat.len > 0 && journal.may_be_appended() {
            match self.append_in_place(journal, &lines, None, lock)? {
                Ok(written) => return Ok(written),
                Err(journal) => return self.append_anew(journal, &lines, lock),
            }
        }
        self.append_anew(journal, &lines, lock)
    }

    /// Appends by replacing the journal.
    fn append_anew(&self, journal: Open<'_>, lines: &str, lock: &Lock<'_>) -> Result<Written> {
        let mode = journal.stat.mode.clone();
        let old = journal.contents()?;
        let placeholder = Timestamp::placeholder().header();
        let header = if old.is_empty() { placeholder.as_bytes() } else { b"" };
        drop(journal);
        put(self, &[header, &old, lines.as_bytes()], Some(mode), lock, replace)
    }

    /// Appends a batch and stamps the header, in place if possible.
    pub fn append_and_stamp(&self, batch: &Batch<'_>, timestamp: &Timestamp, lock: &Lock<'_>) -> Result<Written> {
        let header = timestamp.header();
        let Some(mut journal) = Open::to_stamp(&self.path, lock)? else {
            return put(self, &[header.as_bytes(), batch.after(b"").as_bytes()], None, lock, create);
        };
        if journal.may_be_overwritten()
            && let Some(overwrites) = timestamp.overwrites(&journal.head()?)
        {
            let lines = batch.after(&journal.tail()?).into_owned();
            match self.append_in_place(journal, &lines, Some(&Stamp { timestamp, overwrites }), lock)? {
                Ok(written) => return Ok(written),
                Err(unwritten) => journal = unwritten,
            }
        }
        let mode = journal.stat.mode.clone();
        let old = journal.contents()?;
        drop(journal);
        let body = body(&old);
        self.put_with(&[header.as_bytes(), body, batch.after(body).as_bytes()], mode, lock)
    }

    /// Replaces whatever is at the journal's name with a journal that has only a header.
    pub fn reset(&self, timestamp: &Timestamp, lock: &Lock<'_>) -> Result<Written> {
        put(self, &[timestamp.header().as_bytes()], None, lock, replace)
    }

    /// Puts the position `new` at the journal's end. If there is no journal, writes nothing, and the position is the start.
    pub fn mark(&self, new: Position, lock: &Lock<'_>) -> Result<(Written, Position)> {
        match Open::to_append(&self.path, lock)? {
            Some(_) => Ok((self.append(&Batch::of_position(new), lock)?, new)),
            None => Ok((Written::Nothing, Position::START)),
        }
    }

    /// Drops everything before a position and stamps the header. If the position is not in the journal, it only stamps the header, and the result
    /// is false. The position of an invalid journal is the start. A checkpoint at the start drops the lines that a power failure has left of an
    /// append.
    pub fn checkpoint(&self, position: Position, timestamp: &Timestamp, lock: &Lock<'_>) -> Result<(Written, bool)> {
        let Some(journal) = Open::to_stamp(&self.path, lock)? else {
            return Ok((self.append_and_stamp(&Batch::default(), timestamp, lock)?, position == Position::START));
        };
        let mode = journal.stat.mode.clone();
        let old = journal.contents()?;
        drop(journal);
        let rest = position.rest(&old);
        let kept = rest.clone().map_or(body(&old), |rest| &old[rest]);
        let kept = if position == Position::START { whole_lines(kept) } else { kept.into() };
        let written = if kept == body(&old) {
            self.append_and_stamp(&Batch::default(), timestamp, lock)?
        } else {
            self.put_with(&[timestamp.header().as_bytes(), &kept], mode, lock)?
        };
        Ok((written, rest.is_some()))
    }

    fn put_with(&self, contents: &[&[u8]], mode: Mode, lock: &Lock<'_>) -> Result<Written> {
        put(self, contents, Some(mode), lock, replace)
    }
}

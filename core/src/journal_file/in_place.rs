//! Writing to the journal in place, and checking that this has worked.
//!
//! On a file system that is known to be local the system's word is trusted. Elsewhere the writer reads back at the journal's path what it has
//! written. Some servers keep a descriptor's flags from its opening, or write by a cache. And a journal on a local file system is recognised
//! by its inode number, which elsewhere can differ from name to name, or change.
//!
//! # What is not guaranteed
//!
//! What is read back comes through this kernel. Where the kernel caches what another machine changes, neither the writing in place nor the
//! check is right. Nor is what the JS module does there.
//!
//! An overwriting that went elsewhere stays in the journal until the journal is put right. Until then a reader finds the misplaced bytes as a
//! file's name. So does everybody after a writer that was killed in between.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::PoisonError;

use super::open::{Appended, Open, commented};
use super::put::{put, replace};
use super::{JournalFile, Written};
use crate::degraded::{Degraded, optional};
use crate::error::{Context, Result};
use crate::format::{Timestamp, body};
use crate::lock::Lock;
use crate::sys::{self, Access, File, Mode};

/// Whether a journal may be written to in place.
pub fn is_possible(journal: &Open<'_>) -> bool {
    !sys::memory().refused.lock().unwrap_or_else(PoisonError::into_inner).contains(&journal.stat.device)
}

/// A timestamp, and the writes that put it into the header.
pub struct Stamp<'a> {
    pub timestamp: &'a Timestamp,
    pub overwrites: Vec<(u64, &'a [u8])>,
}

/// The result of checking a journal that was written to in place.
enum Look {
    /// Everything is there.
    Right,
    /// The appended bytes are there, and the overwritten bytes are not.
    Wrong,
    /// The path names another journal.
    Lost,
}

impl JournalFile {
    /// Appends lines, then stamps the header, if there is a stamp.
    ///
    /// A reader or a crash between the two finds more entries than the header knows of. Readers then only do more than they need to.
    pub(super) fn write_in_place(
        &self,
        journal: Open<'_>,
        lines: &str,
        stamp: Option<Stamp<'_>>,
        lock: &Lock,
    ) -> Result<Written> {
        let appended = journal.append(lines)?;
        if appended == Appended::Elsewhere {
            return Ok(Written::Lost);
        }
        // Synced before the header is written. Otherwise a power failure could leave a header that is newer than the entries.
        self.sync(&journal)?;
        let mut is_overwritten = appended == Appended::Whole;
        let mut header = String::new();
        if let Some(Stamp { timestamp, overwrites }) = stamp {
            header = timestamp.header();
            is_overwritten = is_overwritten && optional(journal.overwrite(overwrites))?.is_some();
            self.sync_bytes(&journal)?;
        }
        if is_overwritten && lock.is_local() {
            return Ok(journal.into_written());
        }
        let (before, mode) = (journal.stat.len, journal.stat.mode);
        let device = journal.stat.device;
        journal.close()?;
        let seen = if is_overwritten {
            optional(self.look(before, &header, lines))?.unwrap_or(Look::Right)
        } else {
            Look::Wrong
        };
        match seen {
            Look::Right => Ok(Written::Seen),
            Look::Lost => Ok(Written::Lost),
            Look::Wrong => {
                lock.degraded.note(Degraded::NoOverwriting);
                sys::memory().refused.lock().unwrap_or_else(PoisonError::into_inner).push(device);
                self.put_right(before, mode, &header, lines, lock)
            }
        }
    }

    /// Checks the lines that were appended behind the first `before` bytes, and the header, if it was stamped. Each overwriting changes
    /// something, so one that went elsewhere shows.
    fn look(&self, before: u64, header: &str, lines: &str) -> Result<Look> {
        let Some(found) = self.found()? else { return Ok(Look::Lost) };
        let end = before + lines.len() as u64;
        let lines_at = found.len.saturating_sub(lines.len() as u64);
        Ok(if found.has(0, header.as_bytes())? && found.has(lines_at, lines.as_bytes())? {
            Look::Right
        } else if found.len >= end
            && (found.has(before, lines.as_bytes())? || found.has(before, &commented(lines, before).0)?)
        {
            Look::Wrong
        } else {
            Look::Lost
        })
    }

    /// Replaces a journal in which the overwritten bytes are not as they should be. The first `before` bytes were there before the write. Of
    /// these only the header is ever overwritten.
    fn put_right(&self, before: u64, mode: Mode, header: &str, lines: &str, lock: &Lock) -> Result<Written> {
        let Some(found) = self.found()? else { return Ok(Written::Lost) };
        let old = sys::read_all(&found.file, before, before).during("read", &self.path)?;
        let (first_line, body) = old.split_at(old.len() - body(&old).len());
        let first_line = if header.is_empty() { first_line } else { header.as_bytes() };
        put(self, &[first_line, body, lines.as_bytes()], Some(mode), lock, replace)
    }

    /// The file at the journal's path now; `None` if there is none.
    pub(super) fn found(&self) -> Result<Option<Found<'_>>> {
        let file = match sys::open(&self.path, Access::Read) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.during("open", &self.path)?,
        };
        let len = file.stat().during("fstat", &self.path)?.len;
        Ok(Some(Found { path: &self.path, file, len }))
    }
}

/// A journal that is being checked.
pub struct Found<'a> {
    path: &'a Path,
    file: File,
    pub len: u64,
}

impl Found<'_> {
    /// Whether the journal has these bytes at this place.
    pub fn has(&self, at: u64, bytes: &[u8]) -> Result<bool> {
        let mut found = vec![0; bytes.len()];
        let read = self.file.read_at(&mut found, at).during("read", self.path)?;
        Ok(found[..read] == *bytes)
    }

    /// Whether the journal has these parts, one behind the other, and nothing else.
    pub fn is(&self, parts: &[&[u8]]) -> Result<bool> {
        let mut at = 0;
        for part in parts {
            if !self.has(at, part)? {
                return Ok(false);
            }
            at += part.len() as u64;
        }
        Ok(at == self.len)
    }
}

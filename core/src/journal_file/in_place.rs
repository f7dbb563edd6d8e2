//! Writing to the journal in place, and checking that this has worked.
//!
//! If the file system is known to be local, the writer trusts what the system says. Otherwise it only appends, through a descriptor that was opened
//! for that, and then looks for the appended bytes at the journal's path.
//!
//! # What is not guaranteed
//!
//! What is read back comes through this kernel. If the kernel caches what another machine changes, neither the append nor the check is reliable. What
//! the JS module does is not reliable there, either.

use super::open::Open;
use super::put::{put, replace};
use super::{JournalFile, Written};
use crate::JOURNAL_FILENAME;
use crate::degraded::optional;
use crate::error::{Context, Result};
use crate::format::{Timestamp, body, pieces, within_pages};
use crate::lock::Lock;
use crate::sys::Access;

/// A timestamp, and the writes that put it into the header.
pub struct Stamp<'a> {
    pub timestamp: &'a Timestamp,
    pub overwrites: Vec<(u64, Vec<u8>)>,
}

impl JournalFile {
    /// Appends lines, then stamps the header. The journal comes back unwritten if one of the lines is longer than a page.
    ///
    /// After a crash between the two the journal has more entries than the header says. Readers then only do more than they need to.
    pub(super) fn append_in_place<'a>(
        &self,
        journal: Open<'a>,
        lines: &str,
        stamp: Option<&Stamp<'_>>,
        lock: &Lock<'_>,
    ) -> Result<std::result::Result<Written, Open<'a>>> {
        if lock.is_local() {
            let Some(lines) = within_pages(lines, journal.stat.len) else { return Ok(Err(journal)) };
            journal.append(&lines, lock)?;
        } else {
            let Some(pieces) = pieces(lines) else { return Ok(Err(journal)) };
            for piece in pieces {
                journal.append(piece, lock)?;
            }
            let before = journal.stat.len;
            if self.durable {
                journal.sync()?;
            }
            journal.close()?;
            return Ok(Ok(if self.has(before, lines, lock)? { Written::Seen } else { Written::Lost }));
        }
        if self.durable {
            // The entries are synced before the header is written. Otherwise a power failure could leave a header that is newer than the entries.
            journal.sync()?;
        }
        if let Some(Stamp { timestamp, overwrites }) = stamp {
            let overwrite = |(at, bytes): &(u64, Vec<u8>)| journal.file.overwrite(bytes, *at);
            let overwritten = journal.file.stop_appending().and_then(|()| overwrites.iter().try_for_each(overwrite));
            if optional(overwritten.during("write", &self.path))?.is_none() {
                // The journal is replaced, as by the JS module.
                let header = timestamp.header();
                let (old, mode) = journal.into_contents(lock)?;
                return put(self, &[header.as_bytes(), body(&old)], Some(mode), lock, replace).map(Ok);
            }
        }
        if self.durable && stamp.is_some() {
            journal.file.sync_data().during("fdatasync", &self.path)?;
        }
        Ok(Ok(Written::To { id: journal.stat.id, _open: journal.file }))
    }

    /// Whether the journal at the path has these lines after its first `before` bytes.
    fn has(&self, before: u64, lines: &str, lock: &Lock<'_>) -> Result<bool> {
        let mut found = vec![0; lines.len()];
        let file = lock.dir().open_file(JOURNAL_FILENAME, Access::Read);
        match file.and_then(|file| file.read_at(&mut found, before)) {
            Err(error) if crate::sys::is_gone_or_odd(&error) => Ok(false),
            read => read.map(|read| found[..read] == *lines.as_bytes()).during("read", &self.path),
        }
    }
}

//! The open journal: reading it without a lock, and writing to it in place.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::JOURNAL_FILENAME;
use crate::error::{Context, Error, Result};
use crate::format::IN_PLACE_HEADER_LEN;
use crate::lock::{Lock, patiently};
use crate::sys::{self, Access, File, Mode, Stat};

/// How many bytes [`read`] reads twice: enough for any header line that codegraph writes.
const HEAD_LEN: usize = 64;

/// The length of the longest journal that is read. The JS module can't read a longer one either, because V8 has no longer strings.
const MAX_LEN: u64 = (1 << 29) - 24;

/// How often a reader tries if writers stamp the header meanwhile.
const READ_ATTEMPTS: u32 = 100;

/// Reads the journal without the lock. `None` if there is no journal that can be read.
pub fn read(path: &Path) -> Option<Vec<u8>> {
    let file = sys::open(path).ok()?;
    let stat = file.stat().ok()?;
    if !stat.is_file || stat.len > MAX_LEN {
        return None; // a FIFO, for example, would keep the reader waiting
    }
    for _ in 0..READ_ATTEMPTS {
        // A stamp appends its entries and then overwrites the header. So a header that is read *before* the body is never newer than the body. If the
        // header reads the same twice, it was not half written.
        let mut head = [0; HEAD_LEN];
        let len = file.read_at(&mut head, 0).ok()?;
        let bytes = sys::read_all(&file, stat.len, MAX_LEN).ok()?;
        if bytes.starts_with(&head[..len]) {
            return Some(bytes);
        }
    }
    None
}

/// The journal, opened for one call.
pub struct Open<'a> {
    path: &'a Path,
    pub file: File,
    /// The state of the file at its opening.
    pub stat: Stat,
    /// What the file was opened for.
    access: Access,
}

impl<'a> Open<'a> {
    /// Opens the journal to append to it; `None` if it is missing.
    pub fn to_append(path: &'a Path, lock: &Lock<'_>) -> Result<Option<Self>> {
        Self::first(path, lock, &[Access::Append, Access::OnlyAppend, Access::Look])
    }

    /// Opens the journal to stamp it; `None` if it is missing.
    pub fn to_stamp(path: &'a Path, lock: &Lock<'_>) -> Result<Option<Self>> {
        Self::first(path, lock, &[Access::Append, Access::Look])
    }

    /// Opens the journal in the first way that its mode and its owner allow. A journal that may not be written can be replaced, as the JS module does.
    fn first(path: &'a Path, lock: &Lock<'_>, ways: &[Access]) -> Result<Option<Self>> {
        let mut refused = None;
        for &access in ways {
            match patiently(|| lock.dir().open_file(JOURNAL_FILENAME, access)) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) if error.kind() == ErrorKind::PermissionDenied => drop(refused.get_or_insert(error)),
                opened => return Self::opened(path, opened.during("open", path)?, access).map(Some),
            }
        }
        Err(refused.unwrap_or_else(|| ErrorKind::PermissionDenied.into())).during("open", path)
    }

    fn opened(path: &'a Path, file: File, access: Access) -> Result<Self> {
        let stat = file.stat().during("fstat", path)?;
        if !stat.is_file {
            return Err(Error::NotAFile { path: PathBuf::from(path) });
        }
        Ok(Self { path, file, stat, access })
    }

    /// Whether to append to the journal. Not if the journal has other names, because these may be anybody's: those of a snapshot, for example. But
    /// one that may only be appended to can't be replaced either.
    pub fn may_be_appended(&self) -> bool {
        match self.access {
            Access::OnlyAppend => true,
            Access::Append => self.stat.links == 1 || self.file.stop_appending().is_err(),
            _ => false,
        }
    }

    /// Whether to overwrite the header.
    pub fn may_be_overwritten(&self) -> bool {
        self.access == Access::Append && self.stat.links == 1
    }

    /// The journal's first bytes: as many as a header line that can be stamped in place.
    pub fn head(&self) -> Result<Vec<u8>> {
        self.some(IN_PLACE_HEADER_LEN, 0)
    }

    /// The journal's last byte; nothing if the journal is empty. If the byte can't be read, the last line may be torn.
    pub fn tail(&self) -> Result<Vec<u8>> {
        match self.stat.len.checked_sub(1) {
            Some(_) if self.access == Access::OnlyAppend => Ok(vec![b'?']),
            Some(last) => self.some(1, last),
            None => Ok(Vec::new()),
        }
    }

    fn some(&self, most: usize, at: u64) -> Result<Vec<u8>> {
        let mut bytes = vec![0; most];
        let read = self.file.read_at(&mut bytes, at).during("read", self.path)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// The whole journal, and its mode. Closes the journal.
    pub fn into_contents(self, lock: &Lock<'_>) -> Result<(Vec<u8>, Mode)> {
        if self.stat.len > MAX_LEN {
            return Err(io::Error::from_raw_os_error(sys::FILE_TOO_LARGE)).during("read", self.path);
        }
        let file = match self.access {
            Access::OnlyAppend => lock.dir().open_file(JOURNAL_FILENAME, Access::Look).during("open", self.path)?,
            _ => self.file,
        };
        let contents = sys::read_all(&file, self.stat.len, u64::MAX).during("read", self.path)?;
        Ok((contents, self.stat.mode))
    }

    /// Appends bytes, usually by one write: all of them, or nothing.
    pub fn append(&self, bytes: &str, lock: &Lock<'_>) -> Result<()> {
        let mut rest = bytes.as_bytes();
        while !rest.is_empty() {
            match self.file.append(rest) {
                Ok(written) if written > 0 => rest = &rest[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                failed => {
                    self.cut_off(bytes.len() - rest.len(), lock);
                    let error = failed.err().unwrap_or_else(|| ErrorKind::WriteZero.into());
                    return Err(error).during("write", self.path);
                }
            }
        }
        Ok(())
    }

    /// Takes back the first part of a batch if the rest could not be written, unless somebody has written after that part.
    fn cut_off(&self, written: usize, lock: &Lock<'_>) {
        let is_last = self.file.stat().is_ok_and(|stat| stat.len == self.stat.len + written as u64);
        if written > 0 && is_last && lock.is_ours().unwrap_or(false) {
            // If this fails too, some whole entries stay in the journal, and perhaps a torn one, whose line the next write ends.
            let _ = self.file.set_len(self.stat.len);
        }
    }

    /// Waits until the journal and its name are on the disk. Whoever created it may not have waited.
    pub fn sync(&self) -> Result<()> {
        self.file.sync_all().during("fsync", self.path)
    }

    /// Closes the journal, as the JS module does. Some file systems report only now that something could not be written.
    pub fn close(self) -> Result<()> {
        self.file.close().during("close", self.path)
    }
}

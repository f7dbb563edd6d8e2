//! The journal, opened: reading it without a lock, and writing to it in place.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::io;
use std::path::{Path, PathBuf};

use super::Written;
use crate::degraded::optional;
use crate::error::{Context, Error, Result};
use crate::format::{COMMENT, IN_PLACE_HEADER_LEN, over_page_ends};
use crate::lock::{Lock, patiently};
use crate::sys::{self, Access, File, Stat};

/// How many bytes [`read`] reads twice: enough for any header line that codegraph writes.
const HEAD_LEN: usize = 64;

/// The length of the longest journal that is read. The JS module can't read a longer one either: V8 has no longer strings.
const MAX_LEN: u64 = (1 << 29) - 24;

/// How often a reader tries, when writers stamp the header meanwhile.
const READ_ATTEMPTS: u32 = 100;

/// Reads the journal without the lock. `None` if there is no journal that can be read.
pub fn read(path: &Path) -> Option<Vec<u8>> {
    let file = sys::open(path, Access::Read).ok()?;
    let stat = file.stat().ok()?;
    if !stat.is_file || stat.len > MAX_LEN {
        return None; // a FIFO, for example, would keep the reader waiting
    }
    for _ in 0..READ_ATTEMPTS {
        // A stamp appends its entries and then overwrites the header. So a header that is read *before* the body is never newer than the body. A
        // header that reads the same twice was not read while it was half written.
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
    /// A descriptor to append through, if one was needed. No overwrite goes through this descriptor: Linux appends whatever is written through
    /// it, at any offset. Some file systems' servers do so even when the flag is taken away.
    appender: OnceCell<File>,
    is_local: bool,
}

/// The lines as they are appended behind the first `before` bytes, and where those begin that are comments at first: each lies over a page's
/// end.
pub fn commented(lines: &str, before: u64) -> (Cow<'_, [u8]>, Vec<usize>) {
    let mut bytes = Cow::Borrowed(lines.as_bytes());
    let comments = over_page_ends(&bytes, before);
    for &start in &comments {
        bytes.to_mut()[start] = COMMENT;
    }
    (bytes, comments)
}

/// The result of appending a batch.
#[derive(Debug, PartialEq, Eq)]
pub enum Appended {
    /// The whole batch is there, and nobody finds a part of a name.
    Whole,
    /// All lines are there, but some of them are still comments, because they can't be overwritten.
    Commented,
    /// Somebody else has appended meanwhile, and some lines may still be comments.
    Elsewhere,
}

impl<'a> Open<'a> {
    /// Opens the journal; `None` if it is missing.
    pub fn journal(path: &'a Path, lock: &Lock) -> Result<Option<Self>> {
        let file = match patiently(|| sys::open(path, Access::Write)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.during("open", path)?,
        };
        let stat = file.stat().during("fstat", path)?;
        if !stat.is_file {
            return Err(Error::NotAFile { path: PathBuf::from(path) });
        }
        Ok(Some(Self { path, file, stat, appender: OnceCell::new(), is_local: lock.is_local() }))
    }

    pub fn into_written(self) -> Written {
        Written::To { id: self.stat.id, file: self.file }
    }

    /// The journal's first bytes: as many as a header line has that can be stamped in place.
    pub fn head(&self) -> Result<Vec<u8>> {
        let mut head = vec![0; IN_PLACE_HEADER_LEN];
        let read = self.file.read_at(&mut head, 0).during("read", self.path)?;
        head.truncate(read);
        Ok(head)
    }

    /// The contents, for replacing the journal. The file is closed, because not every Windows file system lets an open file be replaced.
    pub fn into_contents(self) -> Result<Vec<u8>> {
        self.contents()
    }

    pub fn contents(&self) -> Result<Vec<u8>> {
        if self.is_too_long() {
            return Err(io::Error::from_raw_os_error(sys::FILE_TOO_LARGE)).during("read", self.path);
        }
        sys::read_all(&self.file, self.stat.len, u64::MAX).during("read", self.path)
    }

    /// Whether the journal is too long for its readers. Such a journal can be appended to, and stamped in place, but only a reset makes it
    /// readable again.
    pub fn is_too_long(&self) -> bool {
        self.stat.len > MAX_LEN
    }

    /// The journal's last byte; nothing if the journal is empty.
    pub fn tail(&self) -> Result<Vec<u8>> {
        let mut tail = vec![0; 1];
        let last = self.stat.len.saturating_sub(1);
        let read = self.file.read_at(&mut tail, last).during("read", self.path)?;
        tail.truncate(read);
        Ok(tail)
    }

    /// Appends the whole batch, or nothing of the batch. May be called once.
    pub fn append(&self, lines: &str) -> Result<Appended> {
        let (bytes, comments) = commented(lines, self.stat.len);
        self.append_bytes(&bytes)?;
        self.uncomment(&comments, lines)
    }

    /// Appends bytes, as a rule with one write.
    fn append_bytes(&self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.append_some(rest) {
                Ok(written) if written > 0 => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                failed => {
                    self.cut_off(bytes.len() - rest.len());
                    let error = failed.err().unwrap_or_else(|| io::ErrorKind::WriteZero.into());
                    return Err(error).during("write", self.path);
                }
            }
        }
        Ok(())
    }

    fn append_some(&self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_local
            && let Ok(written) = self.file.append(bytes)
        {
            return Ok(written);
        }
        if self.appender.get().is_none() {
            drop(self.appender.set(sys::open(self.path, Access::Append)?)); // a journal that was replaced meanwhile is noticed afterwards
        }
        let appender = self.appender.get().expect("it has just been set");
        appender.write(bytes)
    }

    /// Writes the bytes from the first to the last comment once more, as they should be. Only the comments' first bytes change by that. One write
    /// costs less than one for each comment.
    pub(super) fn uncomment(&self, comments: &[usize], lines: &str) -> Result<Appended> {
        let (Some(&first), Some(&last)) = (comments.first(), comments.last()) else { return Ok(Appended::Whole) };
        let overwrite = (self.stat.len + first as u64, &lines.as_bytes()[first..=last]);
        let overwritten = match self.ends_behind(lines.len()).during("fstat", self.path) {
            Ok(true) => optional(self.overwrite([overwrite])),
            Ok(false) => return Ok(Appended::Elsewhere),
            Err(error) => Err(error),
        };
        let overwritten = overwritten.inspect_err(|_| self.cut_off(lines.len()))?;
        Ok(if overwritten.is_some() { Appended::Whole } else { Appended::Commented })
    }

    /// Overwrites bytes, in this order. Nothing may be appended afterwards.
    pub fn overwrite<'b>(&self, overwrites: impl IntoIterator<Item = (u64, &'b [u8])>) -> Result<()> {
        for (at, bytes) in overwrites {
            self.file.overwrite(bytes, at).during("write", self.path)?;
        }
        Ok(())
    }

    /// Takes back the first part of a batch whose rest could not be written, unless somebody has written behind that part.
    fn cut_off(&self, written: usize) {
        if written > 0 && self.ends_behind(written).unwrap_or(false) {
            // If this fails too, some whole entries stay in the journal, and perhaps a torn one, whose line the next write ends.
            let _ = self.file.set_len(self.stat.len);
        }
    }

    /// Whether the journal has grown by just these bytes since the opening, so that nobody else has appended.
    fn ends_behind(&self, appended: usize) -> io::Result<bool> {
        self.file.stat().map(|stat| stat.len == self.stat.len + appended as u64)
    }

    /// Closes the journal, as the JS module does. Some file systems tell only now that something could not be written.
    pub fn close(self) -> Result<()> {
        let appender = self.appender.into_inner();
        appender.map_or(Ok(()), File::close).and_then(|()| self.file.close()).during("close", self.path)
    }
}

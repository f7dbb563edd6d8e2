//! The journal's bytes on disk. Everything that writes them takes the held lock as proof.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use rand::TryRng;
use rand::rngs::SysRng;

use crate::error::{Context, Error, Result};
use crate::format::{Batch, IN_PLACE_HEADER_LEN, Timestamp};
use crate::lock::{Lock, patiently, private_name};
use crate::sys::{self, FileId, Stat};

/// What [`read`] looks at twice: any header line that codegraph writes.
const HEAD_LEN: usize = 64;

/// The longest journal that is read. The JS module can read none that is longer: it is V8's longest string.
const MAX_LEN: u64 = (1 << 29) - 24;

/// How often it starts again because a writer stamped the header meanwhile.
const READ_ATTEMPTS: u32 = 100;

/// A write to the journal; whether it counts is told by [`is_current`](Self::is_current).
pub(crate) struct Written<'a> {
    path: &'a Path,
    /// The file written to; none if it turned out that nothing may be written. It stays open until the look, so that its inode
    /// number can't come to mean another file.
    file: Option<(File, FileId)>,
}

impl Written<'_> {
    /// Step *look after*: the unlocked header writer of codegraph's engine may have put another file in place of the one
    /// written to.
    pub fn is_current(&self) -> Result<bool> {
        let Some((_, id)) = &self.file else { return Ok(false) };
        patiently(|| sys::is_named(self.path, *id)).during("lstat", self.path)
    }
}

/// Reads the journal without a lock. `None` if there is none that can be read.
pub(crate) fn read(path: &Path) -> Option<Vec<u8>> {
    let file = sys::open_to_read(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > MAX_LEN {
        return None; // a FIFO, say, that would keep us waiting
    }
    for _ in 0..READ_ATTEMPTS {
        // A stamp appends its entries and then overwrites the header. So a header read *before* the body is never newer
        // than it, and one that reads the same twice was not caught half written.
        let mut head = [0; HEAD_LEN];
        let len = sys::read_at(&file, &mut head, 0).ok()?;
        let bytes = sys::read_at_most(&file, MAX_LEN).ok()?;
        if bytes.starts_with(&head[..len]) {
            return Some(bytes);
        }
    }
    None
}

/// Appends a batch; a missing journal gets the placeholder header.
pub(crate) fn append<'a>(path: &'a Path, batch: &Batch, lock: &Lock) -> Result<Written<'a>> {
    let Some(journal) = Open::journal(path)? else {
        let contents = Timestamp::placeholder().header() + &batch.after(b"");
        return put(path, contents.as_bytes(), None, lock, create);
    };
    if journal.stat.has_other_names {
        let mode = journal.mode()?;
        let old = journal.into_contents()?;
        return put(path, &[&old, batch.after(&old).as_bytes()].concat(), Some(mode), lock, replace);
    }
    journal.append(&batch.after(&journal.tail()?))?;
    Ok(journal.into_written())
}

/// Appends a batch and stamps the header: in place where nobody can find a part of either. A crash between the two leaves more
/// entries than the header knows of; readers then only do more than they need to.
pub(crate) fn append_and_stamp<'a>(
    path: &'a Path,
    batch: &Batch,
    timestamp: &Timestamp,
    lock: &Lock,
) -> Result<Written<'a>> {
    let Some(journal) = Open::journal(path)? else {
        let contents = timestamp.header() + &batch.after(b"");
        return put(path, contents.as_bytes(), None, lock, create);
    };
    let head = journal.head()?;
    let lines = batch.after(&journal.tail()?);
    if let Some(overwrites) = timestamp.overwrites(&head).filter(|_| journal.takes_whole(&lines)) {
        journal.append(&lines)?;
        for (at, digits) in overwrites {
            sys::overwrite(&journal.file, digits, at).during("write", path)?;
        }
        return Ok(journal.into_written());
    }
    let mode = journal.mode()?;
    let old = journal.into_contents()?;
    let body = old.iter().position(|&byte| byte == b'\n').map_or(&[][..], |newline| &old[newline + 1..]);
    let contents = [timestamp.header().as_bytes(), body, batch.after(body).as_bytes()].concat();
    put(path, &contents, Some(mode), lock, replace)
}

/// Puts a journal of only a header in place of whatever is there.
pub(crate) fn reset<'a>(path: &'a Path, timestamp: &Timestamp, lock: &Lock) -> Result<Written<'a>> {
    put(path, timestamp.header().as_bytes(), None, lock, replace)
}

/// Puts a new file in the journal's place: whole or not at all, whatever crashes. It has the mode of the journal before it, if that
/// is kept. `publish` gives it the journal's name, or returns false.
fn put<'a>(
    path: &'a Path,
    contents: &[u8],
    mode: Option<Permissions>,
    lock: &Lock,
    publish: fn(private: &Path, journal: &Path) -> Result<bool>,
) -> Result<Written<'a>> {
    let random = SysRng.try_next_u64().map_err(io::Error::other).during("getrandom", path)?;
    let private = private_name(path, &format!("{}-{random:016x}.journal", process::id()));
    let write = move |private: &Path| -> Result<Option<(File, FileId)>> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(private).during("open", private)?;
        if let Some(mode) = mode {
            file.set_permissions(mode).during("fchmod", private)?;
        }
        file.write_all(contents).during("write", private)?;
        // Without this a power failure could leave the new name with no bytes behind it.
        file.sync_data().during("fdatasync", private)?;
        let id = sys::stat(&file).during("fstat", private)?.id;
        // Step *look before* once more: writing all that to the disk has taken its time, and a rename would drop what a thief
        // has appended meanwhile.
        Ok((lock.is_ours()? && publish(private, path)?).then_some((file, id)))
    };
    let written = match write(&private) {
        // The directory was removed under our feet: as good as robbed.
        Err(error) if error.is_missing() => Ok(None),
        written => written,
    };
    if !matches!(written, Ok(Some(_))) {
        // Swept in 30 s if it can't be removed; what the caller has to hear of is the first error.
        let _ = fs::remove_file(&private);
    }
    written.map(|file| Written { path, file })
}

/// For a journal that is there.
fn replace(private: &Path, journal: &Path) -> Result<bool> {
    patiently(|| fs::rename(private, journal)).during("rename", journal).map(|()| true)
}

/// For one that is missing: it replaces none that was made meanwhile, where there are hard links.
fn create(private: &Path, journal: &Path) -> Result<bool> {
    match fs::hard_link(private, journal) {
        Ok(()) => {
            // Swept in 30 s if it can't be removed now.
            let _ = fs::remove_file(private);
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) if sys::is_without_hard_links(&error) => replace(private, journal),
        Err(error) => Err(error).during("link", journal),
    }
}

/// The journal, opened for one call.
struct Open<'a> {
    path: &'a Path,
    file: File,
    /// At opening. A journal with other names is written to as a whole, for they may be anybody's: a snapshot's, say.
    stat: Stat,
}

impl<'a> Open<'a> {
    /// `None` if it is missing.
    fn journal(path: &'a Path) -> Result<Option<Self>> {
        let file = match patiently(|| sys::open_to_append(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.during("open", path)?,
        };
        let stat = sys::stat(&file).during("fstat", path)?;
        if !stat.is_file {
            return Err(Error::NotAFile { path: PathBuf::from(path) });
        }
        Ok(Some(Self { path, file, stat }))
    }

    fn into_written(self) -> Written<'a> {
        Written { path: self.path, file: Some((self.file, self.stat.id)) }
    }

    /// Its mode, for a file that takes its place.
    fn mode(&self) -> Result<Permissions> {
        self.file.metadata().during("fstat", self.path).map(|metadata| metadata.permissions())
    }

    /// Whether the lines can be appended so that nobody, neither a reader nor the next writer after a crash, finds a part of
    /// them: the kernel writes a page at a time. Large pages are a multiple of this size. A stamp has to be whole, as that of the
    /// JS module is; an append is not there either.
    fn takes_whole(&self, lines: &str) -> bool {
        const PAGE: u64 = 4096;
        let end = self.stat.len + lines.len() as u64;
        !self.stat.has_other_names && (lines.is_empty() || self.stat.len / PAGE == (end - 1) / PAGE)
    }

    /// As much of it as a header line that can be stamped in place.
    fn head(&self) -> Result<Vec<u8>> {
        let mut head = vec![0; IN_PLACE_HEADER_LEN];
        let read = sys::read_at(&self.file, &mut head, 0).during("read", self.path)?;
        head.truncate(read);
        Ok(head)
    }

    /// For writing it as a whole. Closes it, for not every Windows file system lets an open file be replaced.
    fn into_contents(self) -> Result<Vec<u8>> {
        sys::read_at_most(&self.file, u64::MAX).during("read", self.path)
    }

    /// The last byte, if there is one.
    fn tail(&self) -> Result<Vec<u8>> {
        let mut tail = vec![0; 1];
        let last = self.stat.len.saturating_sub(1);
        let read = sys::read_at(&self.file, &mut tail, last).during("read", self.path)?;
        tail.truncate(read);
        Ok(tail)
    }

    /// Appends the whole batch, as a rule with one write, or nothing of it.
    fn append(&self, lines: &str) -> Result<()> {
        let mut rest = lines.as_bytes();
        while !rest.is_empty() {
            match sys::append(&self.file, rest) {
                Ok(written) if written > 0 => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                failed => {
                    self.cut_off((lines.len() - rest.len()) as u64);
                    let error = failed.err().unwrap_or_else(|| io::ErrorKind::WriteZero.into());
                    return Err(error).during("write", self.path);
                }
            }
        }
        Ok(())
    }

    /// Takes back the first part of a batch whose rest could not be written, unless somebody has written behind it.
    fn cut_off(&self, written: u64) {
        let end = self.file.metadata().map(|metadata| metadata.len());
        if written > 0 && end.is_ok_and(|end| end == self.stat.len + written) {
            // If this fails too, whole entries more are in the journal, and a torn one at most: the next write ends its line.
            let _ = self.file.set_len(self.stat.len);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A journal with a lock on it.
    fn locked() -> (tempfile::TempDir, PathBuf, Lock) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("changes.journal");
        fs::write(&path, "# codegraph-journal v1 5\na\n").unwrap();
        let lock = Lock::acquire(&path, Duration::from_secs(5)).unwrap();
        (dir, path, lock)
    }

    #[test]
    fn a_journal_that_was_replaced_while_it_was_written_is_not_current() {
        let (dir, path, lock) = locked();
        let batch = Batch::encode([crate::Entry::changed("b")].into_iter()).unwrap();
        let written = append(&path, &batch, &lock).unwrap();
        assert!(written.is_current().unwrap());
        fs::write(dir.path().join("unlocked"), "# codegraph-journal v1 6\n").unwrap();
        fs::rename(dir.path().join("unlocked"), &path).unwrap();
        assert!(!written.is_current().unwrap());
    }

    #[test]
    fn a_journal_that_was_made_meanwhile_is_not_replaced_by_one_made_for_a_missing_one() {
        let (dir, path, lock) = locked();
        let names = || fs::read_dir(dir.path()).unwrap().count();
        let before = names();
        let written = put(&path, b"# codegraph-journal v1 0\nb\n", None, &lock, create).unwrap();
        assert!(!written.is_current().unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "# codegraph-journal v1 5\na\n");
        assert_eq!(names(), before);
    }

    #[test]
    fn a_writer_that_was_robbed_replaces_nothing_and_leaves_no_file() {
        let (dir, path, lock) = locked();
        let names = || fs::read_dir(dir.path()).unwrap().count();
        let before = names();
        fs::write(dir.path().join("thief"), "1\n1-0011223344556677\n").unwrap();
        fs::rename(dir.path().join("thief"), path.with_extension("journal.lock")).unwrap();
        let written = reset(&path, &Timestamp::from(6), &lock).unwrap();
        assert!(!written.is_current().unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "# codegraph-journal v1 5\na\n");
        assert_eq!(names(), before);
    }
}

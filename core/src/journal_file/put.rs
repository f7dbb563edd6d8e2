//! Putting a new file in the journal's place.

use std::io;

use super::{JournalFile, Written};
use crate::JOURNAL_FILENAME;
use crate::degraded::{Degraded, optional};
use crate::error::{Context, Result};
use crate::lock::{Lock, patiently, private_name};
use crate::sys::{Access, Mode};

/// Puts a new file in the journal's place: whole or not at all, whatever crashes. The new file gets the mode `mode`, if there is one and the
/// system lets it be set. The first part of `contents` is the first line. `publish` gives the file the journal's name, or returns false.
pub fn put(
    journal: &JournalFile,
    contents: &[&[u8]],
    mode: Option<Mode>,
    lock: &Lock,
    publish: fn(private: &str, lock: &Lock) -> io::Result<bool>,
) -> Result<Written> {
    // With the acquisition's nonce, by which the fence of another writer knows it.
    let private = private_name(&format!("{}.journal", lock.nonce()));
    let written = write(journal, contents, mode, lock, &private, publish);
    if !matches!(written, Ok(Written::To { .. } | Written::Seen)) {
        // A private file that can't be removed is swept 30 s later. The caller has to hear of the first error.
        let _ = lock.dir().remove(&private);
    }
    written
}

fn write(
    journal: &JournalFile,
    contents: &[&[u8]],
    mode: Option<Mode>,
    lock: &Lock,
    private: &str,
    publish: fn(&str, &Lock) -> io::Result<bool>,
) -> Result<Written> {
    let path = &*journal.path;
    let file = lock.dir().open_file(private, Access::New).during("open", path)?;
    let stat = optional(file.stat().during("fstat", path))?;
    // Not every file system lets modes be changed. Where that can't be done, all files have one mode.
    let is_another = |mode: &Mode| stat.as_ref().is_none_or(|stat| stat.mode != *mode);
    if let Some(mode) = mode.filter(is_another)
        && optional(file.set_mode(mode).during("fchmod", path))?.is_none()
    {
        lock.degraded.note(Degraded::ModeNotKept);
    }
    let bytes = contents.concat();
    file.overwrite(&bytes, 0).during("write", path)?;
    // Without this a power failure could leave the new name with an empty file. A file without entries may become that: readers find it
    // invalid then, and look at all files.
    let has_entries = contents.iter().skip(1).any(|part| !part.is_empty());
    if journal.durable || has_entries {
        match file.sync_data().during("fdatasync", path) {
            Err(error) if journal.durable => return Err(error),
            synced => {
                if optional(synced)?.is_none() {
                    lock.degraded.note(Degraded::NoSync);
                }
            }
        }
    }
    // Only an open file surely keeps its inode number. Where no file is recognised by its inode number, the file is closed before the rename,
    // as by the JS module: some file systems tell only then that something could not be written.
    let kept = match stat.filter(|_| lock.is_local()) {
        Some(stat) => Some((file, stat.id)),
        None => file.close().during("close", path).map(|()| None)?,
    };
    // Writing all that has taken its time, and a rename would drop what a thief has appended meanwhile.
    if !lock.is_ours()? || !publish(private, lock).during("rename", path)? {
        return Ok(Written::Lost);
    }
    if journal.durable {
        lock.dir().sync().during("fsync", path)?;
    }
    if let Some((file, id)) = kept {
        // There are file systems for Windows that make an id of the name, and pass for one that does not.
        let id = if cfg!(windows) { file.stat().during("fstat", path)?.id } else { id };
        return Ok(Written::To { file, id });
    }
    let mut found = vec![0; bytes.len() + 1];
    let read = lock.dir().open_file(JOURNAL_FILENAME, Access::Read).and_then(|file| file.read_at(&mut found, 0));
    Ok(if read.is_ok_and(|read| found[..read] != *bytes) { Written::Lost } else { Written::Seen })
}

/// Publishes by replacing the journal.
pub fn replace(private: &str, lock: &Lock) -> io::Result<bool> {
    patiently(|| lock.dir().rename(private, JOURNAL_FILENAME)).map(|()| true)
}

/// Publishes in the place of a missing journal. A journal that was made meanwhile is not replaced, where there are hard links or renames that
/// replace nothing.
pub fn create(private: &str, lock: &Lock) -> io::Result<bool> {
    let is_taken = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
    match lock.dir().link(private, JOURNAL_FILENAME) {
        Ok(()) => {
            // A private file that can't be removed now is swept 30 s later.
            let _ = lock.dir().remove(private);
            return Ok(true);
        }
        Err(error) if is_taken(&error) => return Ok(false),
        Err(_) => lock.degraded.note(Degraded::NoHardLinks),
    }
    match lock.dir().rename_new(private, JOURNAL_FILENAME) {
        Err(error) if is_taken(&error) => Ok(false),
        Err(_) => replace(private, lock),
        Ok(()) => Ok(true),
    }
}

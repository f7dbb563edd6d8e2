//! Replacing the journal with a new file.

use std::io;

use super::{JournalFile, Written};
use crate::JOURNAL_FILENAME;
use crate::degraded::{Degraded, optional};
use crate::error::{Context, Result};
use crate::lock::{Lock, patiently, private_name};
use crate::sys::{Access, Mode};

/// Puts a new file in the journal's place: whole or not at all, whatever crashes. The new file gets the mode `mode`, if that is given and the system
/// allows it. The first part of `contents` is the first line. `publish` gives the file the journal's name, or returns false.
pub fn put(
    journal: &JournalFile,
    contents: &[&[u8]],
    mode: Option<Mode>,
    lock: &Lock<'_>,
    publish: fn(private: &str, lock: &Lock<'_>) -> io::Result<bool>,
) -> Result<Written> {
    // Its name has the acquisition's nonce, by which another writer's fence recognises it.
    let private = private_name(&format!("{}.journal", lock.nonce()));
    let written = write(journal, contents, mode, lock, &private, publish);
    if !matches!(written, Ok(Written::To { .. } | Written::Seen)) {
        // A private file that can't be removed is swept 30 s later. The caller gets the first error.
        let _ = lock.dir().remove(&private);
    }
    written
}

fn write(
    journal: &JournalFile,
    contents: &[&[u8]],
    mode: Option<Mode>,
    lock: &Lock<'_>,
    private: &str,
    publish: fn(&str, &Lock<'_>) -> io::Result<bool>,
) -> Result<Written> {
    let path = &*journal.path;
    let file = lock.dir().open_file(private, Access::New).during("open", path)?;
    let stat = optional(file.stat().during("fstat", path))?;
    // Not every file system allows a mode to be changed. If it does not, all files have one mode.
    let is_another = |mode: &Mode| stat.as_ref().is_none_or(|stat| stat.mode != *mode);
    if let Some(mode) = mode.filter(is_another)
        && optional(file.set_mode(mode).during("fchmod", path))?.is_none()
    {
        lock.noted.degraded(Degraded::ModeNotKept);
    }
    let bytes = contents.concat();
    file.overwrite(&bytes, 0).during("write", path)?;
    // Without this a power failure could leave the new name with an empty file. That is acceptable for a file without entries: readers find it
    // invalid, and look at all files.
    let has_entries = contents.iter().skip(1).any(|part| !part.is_empty());
    if journal.durable || has_entries {
        match file.sync_data().during("fdatasync", path) {
            Err(error) if journal.durable => return Err(error),
            synced => {
                if optional(synced)?.is_none() {
                    lock.noted.degraded(Degraded::NoSync);
                }
            }
        }
    }
    // Only an open file surely keeps its inode number. If files are not recognised by their inode numbers, the file is closed before the rename, as
    // the JS module does: some file systems report only then that something could not be written.
    let kept = match stat.filter(|_| lock.is_local()) {
        Some(stat) => Some((file, stat.id)),
        None => file.close().during("close", path).map(|()| None)?,
    };
    // Writing has taken some time. If somebody has stolen the lock meanwhile, a rename would drop what that writer has appended.
    if !lock.is_ours()? || !publish(private, lock).during("rename", path)? {
        return Ok(Written::Lost);
    }
    if journal.durable {
        lock.dir().sync().during("fsync", path)?;
    }
    if let Some((file, id)) = kept {
        // Some file systems for Windows derive the id from the name, although they claim to be one that does not.
        let id = if cfg!(windows) { file.stat().during("fstat", path)?.id } else { id };
        return Ok(Written::To { id, _open: file });
    }
    let mut found = vec![0; bytes.len() + 1];
    let read = lock.dir().open_file(JOURNAL_FILENAME, Access::Read).and_then(|file| file.read_at(&mut found, 0));
    Ok(if read.is_ok_and(|read| found[..read] != *bytes) { Written::Lost } else { Written::Seen })
}

/// Publishes by replacing the journal.
pub fn replace(private: &str, lock: &Lock<'_>) -> io::Result<bool> {
    patiently(|| lock.dir().rename(private, JOURNAL_FILENAME)).map(|()| true)
}

/// Publishes a first journal. If there are hard links, or renames that replace nothing, a journal that was created meanwhile is not replaced.
pub fn create(private: &str, lock: &Lock<'_>) -> io::Result<bool> {
    let is_taken = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
    match lock.dir().link(private, JOURNAL_FILENAME) {
        Ok(()) => {
            // A private file that can't be removed now is swept 30 s later.
            let _ = lock.dir().remove(private);
            return Ok(true);
        }
        Err(error) if is_taken(&error) => return Ok(false),
        Err(_) => lock.noted.degraded(Degraded::NoHardLinks),
    }
    match lock.dir().rename_new(private, JOURNAL_FILENAME) {
        Err(error) if is_taken(&error) => Ok(false),
        Err(_) => replace(private, lock),
        Ok(()) => Ok(true),
    }
}

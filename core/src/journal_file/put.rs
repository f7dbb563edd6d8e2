//! Putting a new file in the journal's place.

use std::io;
use std::path::Path;

use super::{JournalFile, Written};
use crate::degraded::{Degraded, optional};
use crate::error::{Context, Result};
use crate::lock::{Lock, directory, patiently, private_name};
use crate::nonce::nonce;
use crate::sys::{self, Access, Mode};

/// Puts a new file in the journal's place: whole or not at all, whatever crashes. The new file gets the mode `mode`, if there is one and the
/// system lets it be set. The first part of `contents` is the first line. `publish` gives the file the journal's name, or returns false.
pub fn put(
    journal: &JournalFile,
    contents: &[&[u8]],
    mode: Option<Mode>,
    lock: &Lock,
    publish: fn(private: &Path, journal: &Path, lock: &Lock) -> Result<bool>,
) -> Result<Written> {
    let path = &*journal.path;
    let private = private_name(path, &format!("{}-{:016x}.journal", sys::process_id(), nonce()));
    let write = |private: &Path| -> Result<Written> {
        let file = sys::open(private, Access::New).during("open", private)?;
        let stat = optional(file.stat().during("fstat", private))?;
        // Not every file system lets modes be changed. Where that can't be done, all files have one mode.
        let is_another = |mode: &Mode| stat.as_ref().is_none_or(|stat| stat.mode != *mode);
        if let Some(mode) = mode.filter(is_another)
            && optional(file.set_mode(mode).during("fchmod", private))?.is_none()
        {
            lock.degraded.note(Degraded::ModeNotKept);
        }
        let mut end = 0;
        for part in contents {
            file.overwrite(part, end).during("write", private)?;
            end += part.len() as u64;
        }
        // The directory is opened before anything is changed, because the opening can fail.
        let names = if journal.durable {
            Some(sys::open_names(directory(path)).during("open", directory(path))?)
        } else {
            None
        };
        // Without this a power failure could leave the new name with an empty file. A file without entries may become that: readers find it
        // invalid then, and look at all files.
        let has_entries = contents.iter().skip(1).any(|part| !part.is_empty());
        if journal.durable || has_entries {
            match file.sync_data().during("fdatasync", private) {
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
            None => file.close().during("close", private).map(|()| None)?,
        };
        // Step *look before* once more. Writing all that has taken its time, and a rename would drop what a thief has appended
        // meanwhile.
        if !lock.is_ours()? || !publish(private, path, lock)? {
            return Ok(Written::Lost);
        }
        names.map_or(Ok(()), |names| names.sync_all()).during("fsync", directory(path))?;
        if let Some((file, id)) = kept {
            // There are file systems for Windows that make an id of the name, and pass for one that does not.
            let id = if cfg!(windows) { file.stat().during("fstat", path)?.id } else { id };
            return Ok(Written::To { file, id });
        }
        let is_there = journal.found().and_then(|found| found.map_or(Ok(false), |found| found.is(contents)));
        Ok(if optional(is_there)?.unwrap_or(true) { Written::Seen } else { Written::Lost })
    };
    let written = match write(&private) {
        // Somebody has removed the directory, and the lockfile with it.
        Err(error) if error.is_missing() => Ok(Written::Lost),
        written => written,
    };
    if !matches!(written, Ok(Written::To { .. } | Written::Seen)) {
        // A private file that can't be removed is swept 30 s later. The caller has to hear of the first error.
        let _ = sys::remove(&private);
    }
    written
}

/// Publishes by replacing the journal.
pub fn replace(private: &Path, journal: &Path, _: &Lock) -> Result<bool> {
    patiently(|| sys::rename(private, journal)).during("rename", journal).map(|()| true)
}

/// Publishes in the place of a missing journal. A journal that was made meanwhile is not replaced, where there are hard links or renames that
/// replace nothing.
pub fn create(private: &Path, journal: &Path, lock: &Lock) -> Result<bool> {
    let is_taken = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
    match sys::link(private, journal) {
        Ok(()) => {
            // A private file that can't be removed now is swept 30 s later.
            let _ = sys::remove(private);
            return Ok(true);
        }
        Err(error) if is_taken(&error) => return Ok(false),
        failed => drop(optional(failed.during("link", journal))?),
    }
    lock.degraded.note(Degraded::NoHardLinks);
    match sys::rename_new(private, journal) {
        Ok(()) => Ok(true),
        Err(error) if is_taken(&error) => Ok(false),
        failed => {
            optional(failed.during("rename", journal))?;
            replace(private, journal, lock)
        }
    }
}

//! Putting a new file in the journal's place.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::path::Path;
use std::process;

use rand::TryRng;
use rand::rngs::SysRng;

use super::{JournalFile, Written};
use crate::error::{Context, Result};
use crate::lock::{Lock, directory, patiently, private_name};
use crate::sys;

/// Puts a new file in the journal's place: whole or not at all, whatever crashes. It has the mode of the journal before it, if that
/// is kept. `publish` gives it the journal's name, or returns false.
pub fn put(
    journal: &JournalFile,
    contents: &[&[u8]],
    mode: Option<Permissions>,
    lock: &Lock,
    publish: fn(private: &Path, journal: &Path) -> Result<bool>,
) -> Result<Written> {
    let path = &*journal.path;
    let random = SysRng.try_next_u64().map_err(io::Error::other).during("getrandom", path)?;
    let private = private_name(path, &format!("{}-{random:016x}.journal", process::id()));
    let write = |private: &Path| -> Result<Written> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(private).during("open", private)?;
        if let Some(mode) = mode {
            file.set_permissions(mode).during("fchmod", private)?;
        }
        for part in contents {
            file.write_all(part).during("write", private)?;
        }
        // Opened before anything is changed, for that can fail.
        let names =
            if journal.durable { sys::open_directory(directory(path)).during("open", directory(path))? } else { None };
        // Without this a power failure could leave the new name with no bytes behind it.
        file.sync_data().during("fdatasync", private)?;
        let id = sys::stat(&file).during("fstat", private)?.id;
        // Step *look before* once more: writing all that to the disk has taken its time, and a rename would drop what a thief
        // has appended meanwhile.
        if !lock.is_ours()? || !publish(private, path)? {
            return Ok(Written::Refused);
        }
        names.map_or(Ok(()), |names| names.sync_all()).during("fsync", directory(path))?;
        Ok(Written::To { file, id })
    };
    let written = match write(&private) {
        // The directory was removed under our feet: as good as robbed.
        Err(error) if error.is_missing() => Ok(Written::Refused),
        written => written,
    };
    if !matches!(written, Ok(Written::To { .. })) {
        // Swept in 30 s if it can't be removed; what the caller has to hear of is the first error.
        let _ = fs::remove_file(&private);
    }
    written
}

/// For a journal that is there.
pub fn replace(private: &Path, journal: &Path) -> Result<bool> {
    patiently(|| fs::rename(private, journal)).during("rename", journal).map(|()| true)
}

/// For one that is missing: it replaces none that was made meanwhile, where there are hard links.
pub fn create(private: &Path, journal: &Path) -> Result<bool> {
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

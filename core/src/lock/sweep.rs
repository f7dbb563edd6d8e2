//! Removing what a crash left behind: private files of natives and of the JS module, and the file `changes.journal.tmp`. Under that name the
//! JS module and codegraph's engine write a journal before they rename it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::wait::{Moment, Watch};
use super::{STALE, directory, lockfile, with_suffix};

/// How many of a directory's entries a sweep looks at. That is enough for any `.codegraph` directory, and bounds the cost.
const LOOKED_AT: usize = 16;

/// How much later a journal is swept again. A sweep at each write would take a twelfth of the write's time, and a third beside 10,000 files.
const AGAIN: Duration = Duration::from_secs(1);

/// Sweeps at the first write to a journal, at a write after one to another journal, and otherwise once a second at most.
pub fn sweep_sometimes(journal: &Path) {
    static SWEPT: Mutex<Watch<PathBuf>> = Mutex::new(Watch::new());
    // The mutex is held for a moment only, never during a sweep.
    let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let age = swept.look(journal.to_owned(), Moment::now());
    if age.is_zero() || age > AGAIN {
        *swept = Watch::new();
        swept.look(journal.to_owned(), Moment::now());
        drop(swept);
        sweep(journal);
    }
}

/// Removes what can be removed. Whatever can't be seen or removed now is left to the next sweep.
fn sweep(journal: &Path) {
    remove_if_stale(&with_suffix(journal, ".tmp"));
    let lockfile = lockfile(journal);
    let (Some(lockfile), directory) = (lockfile.file_name(), directory(journal)) else { return };
    // A directory that can't be read is not swept.
    let entries = fs::read_dir(directory).into_iter().flatten().take(LOOKED_AT).flatten();
    for entry in entries.filter(|entry| is_private(&entry.file_name(), lockfile)) {
        remove_if_stale(&entry.path());
    }
}

/// `changes.journal.lock.*.tmp`
fn is_private(name: &OsStr, lockfile: &OsStr) -> bool {
    let (name, lockfile) = (name.as_encoded_bytes(), lockfile.as_encoded_bytes());
    name.strip_prefix(lockfile).is_some_and(|rest| rest.starts_with(b".") && rest.ends_with(b".tmp"))
}

fn remove_if_stale(path: &Path) {
    let Ok(metadata) = fs::symlink_metadata(path) else { return };
    let age = metadata.modified().ok().and_then(|mtime| SystemTime::now().duration_since(mtime).ok());
    if metadata.is_file() && age.is_some_and(|age| age > STALE) {
        // Somebody else may have removed the file already.
        let _ = fs::remove_file(path);
    }
}

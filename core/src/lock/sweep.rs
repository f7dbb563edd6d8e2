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

/// How many writes to a journal sweep in a [`WHILE`]. A process that writes a few times, as a build does, sweeps at each write. To one that writes
/// all the time a sweep at each write would cost a twelfth of the write's time, and a third beside 10,000 files.
const TIMES: u32 = 4;

const WHILE: Duration = Duration::from_secs(1);

/// Which journal this process has written to last, since when, and how many of these writes have swept.
static SWEPT: Mutex<(Watch<PathBuf>, u32)> = Mutex::new((Watch::new(), 0));

/// Sweeps at the first writes to a journal, a few in each second. A write to another journal in between begins anew.
pub fn sweep_sometimes(journal: &Path) {
    if is_due(journal) {
        sweep(journal);
    }
}

fn is_due(journal: &Path) -> bool {
    let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let (watch, times) = &mut *swept;
    let mut age = watch.look(journal.to_owned(), Moment::now());
    if age > WHILE {
        *watch = Watch::new();
        age = watch.look(journal.to_owned(), Moment::now());
    }
    if age.is_zero() {
        *times = 0;
    }
    *times += 1;
    *times <= TIMES
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

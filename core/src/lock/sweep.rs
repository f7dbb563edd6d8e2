//! Removing what a crash left behind: private files of natives and of the JS module, and the file `changes.journal.tmp`. Under that name the
//! JS module and codegraph's engine write a journal before they rename it.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::PoisonError;
use std::time::Duration;

use super::wait::{Moment, Watch};
use crate::sys;

use super::{STALE, directory, lockfile, with_suffix};

/// How many of a directory's entries a sweep looks at. That is enough for any `.codegraph` directory, and bounds the cost.
const LOOKED_AT: usize = 16;

/// How many writes to a journal sweep in a [`WHILE`]. A process that writes a few times, as a build does, sweeps at each write. To one that writes
/// all the time a sweep at each write would cost a twelfth of the write's time, and a third beside 10,000 files.
const TIMES: u32 = 4;

const WHILE: Duration = Duration::from_secs(1);

/// Sweeps at the first writes to a journal, a few in each second. A write to another journal in between begins anew.
pub fn sweep_sometimes(journal: &Path) {
    if is_due(journal) {
        sweep(journal);
    }
}

fn is_due(journal: &Path) -> bool {
    let mut swept = sys::memory().swept.lock().unwrap_or_else(PoisonError::into_inner);
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
    let names = sys::names(directory, LOOKED_AT).unwrap_or_default();
    for name in names.iter().filter(|name| is_private(name, lockfile)) {
        remove_if_stale(&directory.join(name));
    }
}

/// `changes.journal.lock.*.tmp`
fn is_private(name: &OsStr, lockfile: &OsStr) -> bool {
    let (name, lockfile) = (name.as_encoded_bytes(), lockfile.as_encoded_bytes());
    name.strip_prefix(lockfile).is_some_and(|rest| rest.starts_with(b".") && rest.ends_with(b".tmp"))
}

fn remove_if_stale(path: &Path) {
    let Ok(stat) = sys::stat(path) else { return };
    let age = stat.modified.and_then(|modified| sys::clock().duration_since(modified).ok());
    if stat.is_file && age.is_some_and(|age| age > STALE) {
        // Somebody else may have removed the file already.
        let _ = sys::remove(path);
    }
}

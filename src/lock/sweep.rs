//! Removing private files that a crash left behind, of ours and of the JS module's.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use super::{STALE, directory, lockfile};
use crate::sys;

/// How many writes of a process there are to a sweep. At each it would take a twelfth of the time, and a third beside 10,000 files.
/// A prime number, so that each of several journals that are written in turns has its turn.
const WRITES: u32 = 17;

/// Sweeps at the first write of this process, and at every 17th from there.
pub fn sweep_sometimes(journal: &Path) {
    static WRITTEN: AtomicU32 = AtomicU32::new(0);
    if WRITTEN.fetch_add(1, Ordering::Relaxed).is_multiple_of(WRITES) {
        sweep(journal);
    }
}

/// Removes private files over 30 s old, among the directory's first 16 entries or so: enough for any `.codegraph` directory, and a
/// bound on the cost. Best effort: whatever can't be seen or removed now is left to the next sweep.
fn sweep(journal: &Path) {
    let lockfile = lockfile(journal);
    let Some(lockfile) = lockfile.file_name() else { return };
    let directory = directory(journal);
    // What can't be looked at can't be swept either.
    let _ = sys::first_names(directory, |name| {
        if is_private(name, lockfile) && is_stale_file(&directory.join(name)) {
            // Somebody else may have been faster.
            let _ = fs::remove_file(directory.join(name));
        }
    });
}

/// `changes.journal.lock.*.tmp`
fn is_private(name: &OsStr, lockfile: &OsStr) -> bool {
    let (name, lockfile) = (name.as_encoded_bytes(), lockfile.as_encoded_bytes());
    name.strip_prefix(lockfile).is_some_and(|rest| rest.starts_with(b".") && rest.ends_with(b".tmp"))
}

fn is_stale_file(path: &Path) -> bool {
    let Ok(metadata) = fs::symlink_metadata(path) else { return false };
    let age = metadata.modified().ok().and_then(|mtime| SystemTime::now().duration_since(mtime).ok());
    metadata.is_file() && age.is_some_and(|age| age > STALE)
}

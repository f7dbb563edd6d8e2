//! Removing private files that a crash left behind, of ours and of the JS module's.

use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::path::Path;
use std::time::SystemTime;

use super::{STALE, directory, lockfile};

/// How many directory entries one sweep looks at: enough for any `.codegraph` directory, and a bound on its cost.
const LOOKED_AT: usize = 64;

/// Removes private files over 30 s old. Best effort: whatever can't be seen or removed now is left to the next write.
pub fn sweep(journal: &Path) {
    let lockfile = lockfile(journal);
    let Some(name) = lockfile.file_name() else { return };
    let Ok(entries) = fs::read_dir(directory(journal)) else { return };
    for entry in entries.take(LOOKED_AT).flatten() {
        if is_private(&entry.file_name(), name) && is_stale_file(&entry) {
            // Somebody else may have been faster.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// `changes.journal.lock.*.tmp`
fn is_private(name: &OsStr, lockfile: &OsStr) -> bool {
    let (name, lockfile) = (name.as_encoded_bytes(), lockfile.as_encoded_bytes());
    name.strip_prefix(lockfile).is_some_and(|rest| rest.starts_with(b".") && rest.ends_with(b".tmp"))
}

fn is_stale_file(entry: &DirEntry) -> bool {
    let Ok(metadata) = entry.metadata() else { return false };
    let age = metadata.modified().ok().and_then(|mtime| SystemTime::now().duration_since(mtime).ok());
    metadata.is_file() && age.is_some_and(|age| age > STALE)
}

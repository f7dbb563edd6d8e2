//! Removing what others have left: private files of writers that were killed, and of those that have lost their lock.

use std::sync::PoisonError;
use std::time::Duration;

use super::wait::since;
use super::{LOCKFILE, STALE};
use crate::sys::{self, Dir, FileId};

/// How many writes to a journal sweep before a sweep has to wait for a second to pass. A process that writes a few times, as a build and codegraph's
/// own tests do, sweeps at each write. A write to another journal counts from the beginning.
const EACH: u32 = 4;

const PAUSE: Duration = Duration::from_secs(1);

/// Sweeps private files that are over 30 s old, and every private journal except that of the acquisition `nonce`, which has the lock: another one's
/// writer was killed, or has lost the lock. Sweeps now and then, and always as a *fence*. What it can't see or remove stays.
pub fn clean(dir: &Dir, id: FileId, nonce: &str, is_fence: bool) {
    if !is_due(id) && !is_fence {
        return;
    }
    for name in dir.names().unwrap_or_default().iter().filter(|name| is_private(name)) {
        let is_late = name.ends_with(".journal.tmp") && !name.contains(nonce);
        if is_late || is_old(dir, name) {
            let _ = dir.remove(name);
        }
    }
}

fn is_due(id: FileId) -> bool {
    let mut swept = sys::memory().swept.lock().unwrap_or_else(PoisonError::into_inner);
    let count = swept.filter(|&(swept, ..)| swept == id).map_or(0, |(_, count, _)| count);
    let is_due = count < EACH || swept.is_some_and(|(.., last)| since(last) > PAUSE);
    if is_due {
        *swept = Some((id, count + 1, sys::instant()));
    }
    is_due
}

/// `changes.journal.lock.*.tmp`
#[allow(clippy::case_sensitive_file_extension_comparisons, reason = "our own names")]
fn is_private(name: &str) -> bool {
    name.strip_prefix(LOCKFILE).is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".tmp"))
}

fn is_old(dir: &Dir, name: &str) -> bool {
    let Ok(stat) = dir.stat_file(name) else { return false };
    let age = stat.modified.and_then(|modified| sys::clock().duration_since(modified).ok());
    stat.is_file && age.is_some_and(|age| age > STALE)
}

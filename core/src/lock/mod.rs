//! The lock: how writers exclude each other.
//!
//! Three names beside the journal:
//!
//! | file | what it is |
//! |---|---|
//! | `changes.journal.lock` | the **lockfile**, shared with the JS module: whoever's nonce is in it holds the lock |
//! | `changes.journal.guard` | the **guard**: empty, made once, never removed; a kernel lock on it is held by at most one native writer |
//! | `changes.journal.lock.<nonce>.tmp` | private files, removed at once; swept when a crash left one for 30 s |
//!
//! # The steps (Unix)
//!
//! The names are those in the code and in the model (`proof/model/`).
//!
//! 1. **guard**: open the guard and take the kernel lock on it, trying and sleeping, after 20 ms in the kernel's queue; then its path
//!    must still name it, and no other path: a project that was copied by hard links has the same guard. Natives exclude each other by
//!    this alone, and a dead holder's kernel lock is gone with it. A writer that can't have the guard goes on without one.
//! 2. **prepare**: write the claim into a private file, without a name where that can be, again before every further try, so that
//!    its mtime is fresh.
//! 3. **publish**: hard-link the private file to the lockfile's name, remove the private name, if any. Where there are no hard links, rename
//!    the private file, but over none. So the lockfile is never empty, and nothing is ever replaced. Where there are no such renames
//!    either, create the lockfile empty, write the claim, marked as seen empty, and settle.
//! 4. **judge**, if the name is taken: read the clock, *then* open, stat and read the lockfile. It is stale if it is
//!    a native's of our own domain (we have the guard, so that native is dead), if it is over 30.5 s old, or if its pid is
//!    dead or missing and it is over 0.5 s old. If it is not: wait until somebody has changed it, some milliseconds at most, and go
//!    to *prepare*. See below for how old a lockfile is.
//! 5. **take over**: if the guard's path still means ours (else from *guard*), write the claim through the descriptor of the very
//!    inode judged. The name is never renamed over or removed by a stealer, so a lock taken a moment ago can't be hit.
//! 6. **settle**: sleep 100 ms, longer than anybody needs from judging to writing. No settling is needed for a dead native of our own
//!    domain if its claim is not marked, was under 29 s old even *after* the take-over, and is not from the future: nobody else can have
//!    judged that claim.
//! 7. **confirm**: is our nonce in the lockfile, as it is read by its name? If not, go to *prepare*.
//! 8. **look before**, the write, **look after**: see [`Journal`](crate::Journal).
//! 9. **release**: confirm as above, then remove the lockfile. If it is not ours any more it stays, and what was written is
//!    *not acknowledged* but written again. Drop the kernel lock.
//!
//! # The claim
//!
//! What a native writes into the lockfile: 128 bytes, one write at offset 0, nothing truncated, for somebody may be reading.
//! Line 1 is `1`, a pid that is alive in every PID namespace, so that the JS module goes by its 30 s rule alone: a real
//! pid lets it judge a native that has just exited dead and rob the next one. Line 2 is the nonce, line 3 says which
//! native it is, and whether its take-over had to settle.
//!
//! # Domains
//!
//! "We have the guard, so that native is dead" holds only among processes for which the kernel lock really excludes: one
//! kernel boot, one file system known to be local. That is the domain in the claim; `-` where nothing is known. Natives of
//! different domains still exclude each other by the lockfile, but recover a dead one's lock only by its age.
//!
//! # How old a lockfile is
//!
//! By its mtime, where that can be relied on: on a file system known to be local, with a fraction of a second, and not in the future. Elsewhere a
//! lockfile counts as unchanged for as long as this waiter has seen it so, by the monotonic clock. One that names nobody and has a time of
//! whole seconds has to be seen so for 2.5 s: removed and made again within a second or two it would look the same. The 30.5 s go by
//! the mtime, as the JS module's 30 s do, unless that is in the future.
//!
//! # Fallbacks
//!
//! A step that the JS module does not need is never the reason for a failure: [`Degraded`](crate::Degraded) says what a write had to do
//! without. On Windows none of this is needed: see `windows.rs`.
//!
//! # What is not guaranteed
//!
//! - Two JS writers can be inside at once; the robbed one can rename an old copy over entries written meanwhile, ours too.
//! - Whoever is suspended for over 30 s inside is robbed, by the JS module's rule. A native notices and writes again, unless
//!   it slept exactly between the two system calls of *release*; one that *replaces* the journal and slept exactly between its last
//!   look and the rename drops what others have written meanwhile. A stopped native keeps the guard: natives of its domain time
//!   out until it goes on.
//! - A JS writer that stalls for 0.5 s between creating the lockfile and stamping it, or, in another PID namespace, anywhere inside
//!   its section of milliseconds, is taken for dead.
//! - A lockfile of a live process or of another domain's native that is from the future (the clock was set back) is waited for until it
//!   has been seen for 30.5 s, or the clock has caught up.
//! - A file system whose server replaces a file though it is told not to (two mounts of one directory, without hard links) lets the later of two
//!   publish over the earlier one. The earlier one notices by the nonce and writes again, but one of them that *replaces* the journal can
//!   drop what the other has written (`M_RENAME_REPLACES` in the model).

mod claim;
pub(crate) mod holder;
mod sweep;
pub(crate) mod takeover;
#[cfg(unix)]
mod unix;
mod wait;
#[cfg(windows)]
mod windows;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use holder::HeldBy;
pub(crate) use takeover::Takeover;
#[cfg(unix)]
pub(crate) use unix::Lock;
pub(crate) use wait::{Limit, patiently};
#[cfg(windows)]
pub(crate) use windows::Lock;

/// How long a writer waits for the lock. Equals `LOCK_TIMEOUT_MS` of codegraph 3.11.2's journal.js.
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// The age at which the JS module steals any lock. Equals `LOCK_STALE_MS` of codegraph 3.11.2's journal.js.
pub const STALE: Duration = Duration::from_secs(30);

/// The lockfile of the journal at `journal`.
fn lockfile(journal: &Path) -> PathBuf {
    with_suffix(journal, ".lock")
}

/// Who has the lock of the journal at `journal`; `None` without a lockfile.
pub(crate) fn holder(journal: &Path) -> Option<HeldBy> {
    let lockfile = lockfile(journal);
    lockfile.symlink_metadata().is_ok().then(|| HeldBy::look(&lockfile))
}

/// A private name that no other acquisition uses. The JS module, too, sweeps names of this shape after 30 s.
pub(crate) fn private_name(journal: &Path, what: &str) -> PathBuf {
    with_suffix(journal, &format!(".lock.{what}.tmp"))
}

/// Where the journal and its lock are.
pub(crate) fn directory(journal: &Path) -> &Path {
    match journal.parent() {
        Some(dir) if dir.as_os_str().is_empty() => Path::new("."),
        Some(dir) => dir,
        None => journal,
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

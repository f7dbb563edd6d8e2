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
//! The names are those in the code and in the model (`model/`).
//!
//! 1. **guard**: open the guard and take the kernel lock on it, trying and sleeping, after 20 ms in the kernel's queue; then its path
//!    must still name it. Natives exclude each other by this alone, and a dead holder's kernel lock is gone with it.
//! 2. **prepare**: write the claim into a private file, without a name where that can be, again before every further try, so that
//!    its mtime is fresh.
//! 3. **publish**: hard-link the private file to the lockfile's name, remove the private name, if any. So the lockfile is never
//!    empty, and nothing is ever replaced.
//! 4. **judge**, if the name is taken: read the clock, *then* open, stat and read the lockfile. It is stale if it is
//!    a native's of our own domain (we have the guard, so that native is dead), if it is over 30.5 s old, or if its pid is
//!    dead or missing and it is over 0.5 s old. If it is not: wait until somebody has changed it, some milliseconds at most, and go
//!    to *prepare*.
//! 5. **take over**: if the guard's path still means ours (else from *guard*), write the claim through the descriptor of the very
//!    inode judged. The name is never renamed over or removed by a stealer, so a lock taken a moment ago can't be hit.
//! 6. **settle**: sleep 100 ms, longer than anybody needs from judging to writing. Only a dead native of our own
//!    domain that was under 29 s old even *after* the take-over, and had not to settle itself, needs none: nobody else can have judged it.
//! 7. **confirm**: does the lockfile's name mean our inode, and has it our nonce? If not, go to *prepare*.
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
//! # Fallbacks
//!
//! [`Degraded`] says which one a write had to use. On Windows none of this is needed: see `windows.rs`.
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
//! - A lockfile from the future (the clock was set back) is no older than 0 s until the clock has caught up.

mod claim;
mod holder;
mod sweep;
mod takeover;
#[cfg(unix)]
mod unix;
mod wait;
#[cfg(windows)]
mod windows;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use holder::{HeldBy, Holder};
pub use takeover::Takeover;
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

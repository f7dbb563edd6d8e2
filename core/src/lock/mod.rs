//! The lock: how writers exclude each other.
//!
//! A *native* is a writer of this crate, in Rust or in Node. A *JS writer* uses codegraph's JavaScript module. Both use one lockfile.
//!
//! Four names beside the journal:
//!
//! | file | what it is |
//! |---|---|
//! | `changes.journal.lock` | the **lockfile**, shared with the JS module: the writer whose nonce is in it holds the lock |
//! | `changes.journal.guard` | the **guard**: empty, made once, never removed; a kernel lock on it is held by at most one native |
//! | `changes.journal.lock.<domain>.tmp` | the **kept claim**: the last lockfile of a domain's natives, for the next of them to use again; swept once it is 30 s old |
//! | `changes.journal.lock.<nonce>.tmp` | private files, where no claim is kept; removed at once, and swept when a crash left one for 30 s |
//!
//! # The steps (Unix)
//!
//! The names are those in the code and in the model (`proof/model/`).
//!
//! 1. **guard**: open the guard and take the kernel lock on it, by trying and sleeping. Then the guard's path must still name this guard, and
//!    the guard must have no other path: a project that was copied by hard links has the same guard. The guard alone excludes natives from
//!    each other. The kernel lock of a holder that dies is gone with the holder. A writer that can't have the guard goes on without one.
//! 2. **prepare**: write the claim into the kept claim, a new one if the old one may not be used again. A writer that has no guard, or of whose
//!    domain nothing is known, makes a private file instead. The claim is written again before every further try, so that the file's mtime is
//!    fresh.
//! 3. **publish**: hard-link that file to the lockfile's name. A private name is removed then. Where there are no hard links, rename a private
//!    file, but over no other file. So the lockfile is never empty, and nothing is ever replaced. Where there are
//!    no such renames either, create the lockfile empty, write the claim, marked as seen empty, and settle.
//! 4. **judge**, if the name is taken: read the clock, *then* open, stat and read the lockfile. The lockfile is stale in three cases. Its
//!    claim is of a native of this writer's domain: that native is dead, because this writer has the guard. Or the lockfile is over 30.5 s
//!    old. Or its pid is dead or missing, and the lockfile is over 0.5 s old. A lockfile that is not stale is waited for: until somebody has
//!    changed it, some milliseconds at most. Then go to *prepare*. See below for how old a lockfile is.
//! 5. **take over**: check once more that the guard's path names this writer's guard; if not, go to *guard*. Then write the claim through the
//!    descriptor of the very inode that was judged. A stealer never renames over the lockfile's name and never removes it, so that no lock
//!    can be hit that was taken a moment ago. One exception: a lockfile over 30.5 s old is replaced by a rename if this process may not write
//!    to it, or if the file has another name and no native's claim.
//! 6. **settle**: sleep 100 ms, which is longer than any writer needs from judging to writing. One kind of take-over need not settle: that of
//!    a dead native's claim of the same domain, if nobody else can have judged that claim stale. For this three things must hold. The claim
//!    is not marked. Its time is not in the future. And it was under 29 s old, even when read *after* the take-over.
//! 7. **confirm**: read the lockfile by its name. If this writer's nonce is not in it, go to *prepare*.
//! 8. **look before**, the write, **look after**: see [`Journal`](crate::Journal). A lockfile that was published a moment ago needs no look
//!    before a write in place.
//! 9. **release**: confirm as above, then remove the lockfile. A lockfile that is not this writer's any more stays, and what was written is
//!    *not acknowledged* but written again. At the end drop the kernel lock.
//!
//! # The claim
//!
//! The claim is what a native writes into the lockfile: 128 bytes, by one write at offset 0. Nothing is truncated, because somebody may be
//! reading.
//!
//! - Line 1 is `1`, a pid that is alive in every PID namespace, so that the JS module goes by its 30 s rule alone. By a real pid the JS module
//!   would judge a native dead that has just exited, and would then rob the next one.
//! - Line 2 is the nonce.
//! - Line 3 says which native it is, and whether its take-over had to settle.
//!
//! # The kept claim
//!
//! A lockfile that is removed after each write would have to be made before each write, which takes half of an append's time. So natives of
//! one domain keep it under a second name, one after another, as long as each of them has the guard. `unix/kept.rs` tells when it may be used
//! again.
//!
//! # Domains
//!
//! *Judge* concludes from the guard that another native is dead. That conclusion holds only among processes that the kernel lock really
//! excludes: those of one kernel boot, on one file system that is known to be local. The claim names this domain; `-` where nothing is
//! known. Natives of different domains still exclude each other by the lockfile, but one recovers the lock of another, dead one only by
//! the age of the lockfile.
//!
//! # How old a lockfile is
//!
//! The mtime tells the age where it can be relied on: on a file system known to be local, with a fraction of a second, and not in the future.
//! Elsewhere a lockfile counts as unchanged for as long as this waiter has seen it so, by the monotonic clock. A lockfile that names nobody
//! and has a time of whole seconds has to be seen unchanged for 2.5 s: if it was removed and made again within a second or two, it would look
//! the same. The 30.5 s go by the mtime, as the JS module's 30 s do, unless the mtime is in the future.
//!
//! # Fallbacks
//!
//! A step that the JS module does not need is never the reason for a failure: [`Degraded`](crate::Degraded) says what a write had to do
//! without. On Windows none of this is needed: see `windows.rs`.
//!
//! # What is not guaranteed
//!
//! - Two JS writers can be inside at once. The one that was robbed can rename an old copy over entries that were written meanwhile, by natives
//!   too.
//! - A writer that is suspended for over 30 s inside is robbed, by the JS module's rule. A native notices that, and writes again. It can't
//!   notice if it slept exactly between the two system calls of *release*. A native that *replaces* the journal, and slept exactly between
//!   its last look and the rename, drops what others have written meanwhile. A stopped native keeps the guard: natives of its domain time
//!   out until it goes on.
//! - A JS writer is taken for dead if it stalls for 0.5 s between creating the lockfile and stamping it. In another PID namespace it is taken
//!   for dead if it stalls that long anywhere inside its section of milliseconds.
//! - A lockfile can be from the future, because the clock was set back. If it belongs to a live process or to a native of another domain, it
//!   is waited for until it has been seen for 30.5 s, or until the clock has caught up.
//! - The server of a file system can replace a file though it is told not to: two mounts of one directory, without hard links. Then the later
//!   of two natives publishes over the earlier one. The earlier one notices by the nonce and writes again, but if it *replaces* the journal it
//!   can drop what the other one has written (`M_RENAME_REPLACES` in the model).

mod claim;
mod clean;
pub(crate) mod holder;
pub(crate) mod takeover;
#[cfg(unix)]
mod unix;
mod wait;
#[cfg(windows)]
mod windows;

use std::path::Path;
use std::time::Duration;

use crate::sys;

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

/// The lockfile's name.
const LOCKFILE: &str = "changes.journal.lock";

/// Who has the lock of the journal in the directory `dir`, as the lockfile tells; `None` without a lockfile.
pub(crate) fn holder(dir: &Path) -> Option<HeldBy> {
    let lockfile = dir.join(LOCKFILE);
    sys::stat(&lockfile).is_ok().then(|| HeldBy::look(&lockfile))
}

/// A private name that no other acquisition uses. The JS module, too, sweeps names of this shape after 30 s.
pub(crate) fn private_name(what: &str) -> String {
    format!("{LOCKFILE}.{what}.tmp")
}

//! The lock: how writers exclude each other.
//!
//! A *native writer* is a writer of this crate, in Rust or in Node. A *JS writer* uses codegraph's JavaScript module. Both use one lockfile.
//!
//! | in the journal's directory | what it is |
//! |---|---|
//! | the directory itself | at most one native writer has a **kernel lock** (`flock`) on it |
//! | `changes.journal.lock` | the **lockfile**, shared with the JS module: the writer whose nonce is in it holds the lock |
//! | `changes.journal.lock.<domain>.tmp` | the **reusable lockfile** of the writers with that kernel lock |
//! | `changes.journal.lock.<nonce>.tmp`, `….journal.tmp` | **private files**: a claim or a journal that has not got its name yet |
//!
//! Each acquisition opens the directory once and names every file relative to that descriptor.
//!
//! # The steps (Unix)
//!
//! 1. **open** the directory. If it is missing, create it.
//! 2. **lock**: take the kernel lock on the directory. If somebody else has it, sleep and try again. The kernel releases it when its holder
//!    dies. After each sleep the path must still name this directory. A writer goes on *without the kernel lock* if the system refuses it, or if
//!    its holder stands still: for 1 s, or half the timeout, nobody has written to the reusable lockfile.
//! 3. **publish**: write the claim into the reusable lockfile, and hard-link that file to the lockfile's name. A writer that may not use the
//!    reusable lockfile creates a private file. Without hard links, it renames a private file, but over no other file. So the lockfile is never
//!    empty, and nothing is replaced. Without such renames, it creates the lockfile empty, writes the claim, marked `taken`, and settles.
//! 4. **judge** the lockfile, if the name is taken: read the clock, *then* open, stat and read the lockfile. If it is not stale, wait.
//! 5. **take over** a stale lockfile: write the claim into the very file that was judged. If that file can't be written to, or has another name
//!    than that of its own domain's reusable lockfile, rename a private file over it, as the JS module does: at once, if the name still has what
//!    was judged and 50 ms have not passed. A user who may not remove the lockfile leaves it alone, and leaves the kernel lock to others.
//! 6. **settle**: sleep for the grace period of 100 ms, which is longer than any writer needs from judging to writing. One kind of take-over need
//!    not settle: in place, of a claim of the writer's own domain that is not marked, and is under 0.4 s old by a clock that was read *after* the
//!    write. Nobody else can have judged that claim.
//! 7. **confirm**: if this writer's nonce is not in the lockfile, begin again. After settling, the file loses the reusable lockfile's name.
//! 8. **fence**: after a take-over, without the kernel lock, and on a file system that is not local, remove every other private journal. A writer
//!    that has lost its lock can't rename an old journal over the new one then. Other acquisitions do so when they sweep: each process at its first
//!    writes, and then once a second.
//! 9. Write. Confirm before each rename and each cut. Then **look after**: the journal's path must name the file that was written to.
//! 10. **release**: confirm, remove the lockfile, and unlock the directory. A writer that has lost its lock begins again with *open*: what it
//!     wrote is *not acknowledged* but written again.
//!
//! # The claim
//!
//! 224 bytes, by one write at offset 0. Nothing is truncated, because somebody may be reading.
//!
//! - Line 1 is `1`, a pid that is alive in every PID namespace, so that the JS module goes by its 30 s rule alone. If it were the real pid, the JS
//!   module would judge a native writer dead that has just exited, and would then steal from the next one. On some systems nobody may ask for
//!   pid 1, and the JS module takes it for dead. There line 1 is the session's leader, or the writer itself.
//! - Line 2 is the nonce: the pid and a random number, new for each acquisition.
//! - Line 3 is `native v1`, the domain, the pid, the PID namespace, the nonce again, and words: `boot=` if the domain does not name the boot,
//!   `first=` if line 1 is not `1`, `taken` if the take-over had to settle. It is a native writer's claim only if the lines agree: a JS writer
//!   that stamps its lockfile late writes over lines 1 and 2.
//!
//! The domain is `<boot>:<device>:<inode>` of the directory, for a writer that has the kernel lock on a file system that is known to be local;
//! otherwise it is `-`. Only within a domain does the kernel lock prove anything about others.
//!
//! # Stale
//!
//! | whose claim | stale |
//! |---|---|
//! | a native writer's of the judge's own domain, and so of a writer that has died | at once |
//! | a native writer's with the domain of another boot, if the judge has the kernel lock on a local file system | at once |
//! | a native writer's of this boot and PID namespace whose pid is gone | 0.5 s after it was written |
//! | a JS writer's whose pid is gone; nobody's (empty, or no pid) | 0.5 s after it was written |
//! | anybody's, even if it can't be read | 30.5 s after it was written |
//!
//! The mtime shows the age if it can be relied on: on a local file system, with a fraction of a second, and not in the future. Otherwise a lockfile
//! is as old as this waiter has seen it unchanged, by the monotonic clock. A lockfile that names nobody and has a time of whole seconds has to be
//! seen unchanged for 2.5 s. The 30.5 s go by the mtime, as the JS module's 30 s do, unless the mtime is in the future.
//!
//! # Fallbacks
//!
//! A step that the JS module does not need never makes a call fail. [`Degraded`](crate::Degraded) says which step was unavailable. Windows needs
//! none of this: see `windows.rs`.
//!
//! # What is not guaranteed
//!
//! `proof/simulation/` checks that each exception is no wider than this list says.
//!
//! - Two JS writers can be inside at once. The one that has lost its lock can rename an old copy over entries that were written meanwhile, by
//!   native writers too. A JS writer also drops the entries of a journal that it can't read, and appends to a torn line.
//! - A JS writer and codegraph's engine, which takes no lock, write under one name before they rename.
//! - A writer that stands still for over 30 s inside loses its lock, by the JS module's rule. A native writer notices that, and writes again. It
//!   can't notice if it stood still exactly between the two system calls of *release*. If a native writer without the kernel lock loses its
//!   lock to a JS writer that has come and gone, nobody has removed its private journal. A writer that stood still before it appended can
//!   leave its line torn at the end of a page, or mix the digits of its time with another's, until it has written the rest. If the wall clock is set
//!   forward by 30 s, every lock seems that old.
//! - A writer that stands still for over 50 ms between judging and taking over can take a lock that is in use. Its owner notices, and writes
//!   again.
//! - A lockfile that can't be written to is replaced by name, as the JS module does. If a JS writer steals it between two system calls, the JS writer
//!   loses it again. The native writer settles before it writes.
//! - A JS writer that stands still for 0.5 s between creating the lockfile and stamping it is taken for dead. In another PID namespace, so is one
//!   that stands still that long anywhere inside.
//! - A JS writer that may not signal pid 1 takes a native writer that may signal it for dead, and steals its lock at once. What the native
//!   writer has acknowledged just then can be dropped.
//! - In a sticky directory nobody but its owner can replace a journal. An error, or a size limit, can cut a write within a line; the writer takes that
//!   part back. The JS module does neither better.
//! - A pid that is used again keeps a dead writer's lock for 30.5 s, and so does a time in the future.
//! - A file system's server can replace a file although it was asked not to: two mounts of one directory, without hard links. Then the later of two
//!   native writers publishes over the earlier one, which notices.

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

/// Native writers judge a little later than the JS module does, so that they never come first.
const STALE_FOR_NATIVE_WRITERS: Duration = STALE.saturating_add(Duration::from_millis(500));

/// The lockfile's name.
const LOCKFILE: &str = "changes.journal.lock";

/// Who has the lock of the journal in the directory `dir`, or what is in the way of it; `None` if the lock is free.
pub(crate) fn holder(dir: &Path) -> Option<HeldBy> {
    Some(HeldBy::look(&dir.join(LOCKFILE))).filter(|held_by| *held_by != HeldBy::Unknown)
}

/// A private name that no other acquisition uses. The JS module also sweeps names of this shape after 30 s.
pub(crate) fn private_name(what: &str) -> String {
    format!("{LOCKFILE}.{what}.tmp")
}

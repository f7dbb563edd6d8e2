//! Step *judge*: is the lockfile that is in the way stale, and how may it be taken over?

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{Inode, domain};
use crate::error::{Context, Result};
use crate::lock::claim::Claimant;
use crate::lock::holder::MAX_LEN;
use crate::lock::{STALE, Takeover};
use crate::sys::{self, FileId};

/// Natives judge a little later than the JS module does, so that it is never they who come first.
const STALE_FOR_NATIVES: Duration = STALE.saturating_add(Duration::from_millis(500));

/// Below this age nobody of another domain can be judging a lockfile by its age now.
const SURELY_NOT_STALE: Duration = Duration::from_secs(29);

/// How long a lockfile without a living process must have stood: a holder about to stamp it, or one of another PID
/// namespace, is gone from its section of milliseconds by then.
const GRACE: Duration = Duration::from_millis(500);

/// What the lockfile turned out to be.
#[derive(Debug)]
pub enum Verdict {
    /// Removed since.
    Gone,
    /// Our own: a network file system has lost the reply to `link`.
    Ours,
    /// Somebody's, or nothing of ours at all.
    Held,
    /// Nobody's any more, and why.
    Stale(Stale, Takeover),
}

/// How a stale lockfile may be taken over.
#[derive(Debug)]
pub enum Stale {
    /// By writing to the very inode that was judged.
    InPlace {
        /// It.
        inode: Inode,
        /// Since when nobody but us can have judged it, if that is so: it is a dead native's of our domain, written then.
        ours_since: Option<SystemTime>,
    },
    /// We may not write to it, for it is another user's or some other file too: only by renaming over it.
    ByRename,
}

/// Whether others may have judged the lockfile too by now, so that taking it over has to settle.
pub fn is_contested(ours_since: Option<SystemTime>) -> bool {
    ours_since.is_none_or(|since| age_of(since, SystemTime::now()) > SURELY_NOT_STALE)
}

/// Judges the lockfile. `ours` is the inode that we tried to publish.
pub fn judge(lockfile: &Path, our_domain: &str, ours: Option<FileId>) -> Result<Verdict> {
    // The clock first: were we suspended behind the opening, we would see an age that built up after its release.
    let now = SystemTime::now();
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(sys::UNTRUSTED);
    let (file, writable) = match options.clone().write(true).open(lockfile) {
        Err(error) if is_refused(&error) => (options.open(lockfile), false),
        opened => (opened, true),
    };
    match file {
        Ok(file) => judge_file(file, writable, now, our_domain, ours, lockfile),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Verdict::Gone),
        Err(error) if is_refused(&error) => judge_unreadable(lockfile, now),
        Err(error) if is_odd(&error) => Ok(Verdict::Held),
        Err(error) => Err(error).during("open", lockfile),
    }
}

fn judge_file(
    file: File,
    writable: bool,
    now: SystemTime,
    our_domain: &str,
    ours: Option<FileId>,
    lockfile: &Path,
) -> Result<Verdict> {
    let metadata = file.metadata().during("fstat", lockfile)?;
    let id = sys::id(&metadata);
    if !metadata.is_file() || metadata.len() > MAX_LEN {
        return Ok(Verdict::Held);
    }
    if Some(id) == ours {
        return Ok(Verdict::Ours);
    }
    let text = sys::read_all(&file, metadata.len(), MAX_LEN).during("read", lockfile)?;
    let text = String::from_utf8_lossy(&text);
    let claimant = Claimant::parse(&text);
    let written = metadata.modified().during("fstat", lockfile)?;
    let age = age_of(written, now);

    // A native that was killed between publishing its claim and removing the private name leaves two names. Nothing else of
    // ours or the JS module's has two, and writing to it would change some other file.
    if sys::has_other_names(&metadata) && !matches!(claimant, Claimant::Native { .. }) {
        return Ok(by_rename(age));
    }
    let dead_native = match claimant {
        Claimant::Native { domain, .. } => domain == our_domain && domain != domain::UNKNOWN,
        _ => false,
    };
    let why = match claimant {
        _ if dead_native => Some(Takeover::KilledNative),
        Claimant::Js { pid } if age > GRACE && sys::is_dead(pid) => Some(Takeover::DeadProcess),
        Claimant::Unknown if age > GRACE => Some(Takeover::Unstamped),
        _ if age > STALE_FOR_NATIVES => Some(Takeover::Old),
        _ => None,
    };
    Ok(match why {
        None => Verdict::Held,
        Some(why) if writable => {
            // One that was taken over while others may have been judging it, and did not live to settle, is still theirs to take.
            let only_ours = dead_native && matches!(claimant, Claimant::Native { taken: false, .. });
            let ours_since = only_ours.then_some(written);
            Verdict::Stale(Stale::InPlace { inode: Inode { file, id }, ours_since }, why)
        }
        Some(_) => by_rename(age),
    })
}

/// Of a lockfile that we may not even read, only the age can be judged.
fn judge_unreadable(lockfile: &Path, now: SystemTime) -> Result<Verdict> {
    match fs::symlink_metadata(lockfile) {
        Ok(metadata) if metadata.is_file() => {
            Ok(by_rename(age_of(metadata.modified().during("lstat", lockfile)?, now)))
        }
        Ok(_) => Ok(Verdict::Held),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Verdict::Gone),
        Err(error) => Err(error).during("lstat", lockfile),
    }
}

/// What can't be taken over in place is taken over by age alone, for renaming over it can hit a fresh lock.
fn by_rename(age: Duration) -> Verdict {
    if age > STALE_FOR_NATIVES { Verdict::Stale(Stale::ByRename, Takeover::Old) } else { Verdict::Held }
}

/// A time in the future is no age.
fn age_of(written: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(written).unwrap_or_default()
}

fn is_refused(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EACCES | libc::EPERM | libc::EROFS))
}

/// A link, a directory or a socket stands there.
fn is_odd(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ELOOP | libc::EMLINK | libc::EISDIR | libc::ENXIO))
}

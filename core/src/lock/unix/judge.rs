//! Step *judge*: is the lockfile that is in the way stale, and how may it be taken over?

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::domain::Domain;
use crate::error::{Context, Result};
use crate::lock::claim::{CLAIM_LEN, Claim, Claimant};
use crate::lock::holder::MAX_LEN;
use crate::lock::wait::{Moment, Watch};
use crate::lock::{STALE, Takeover};
use crate::sys::{self, Access, File, Stat};

/// Natives judge a little later than the JS module does, so that natives never come first.
const STALE_FOR_NATIVES: Duration = STALE.saturating_add(Duration::from_millis(500));

/// No writer of another domain can be judging a lockfile stale that is younger than this.
pub const SURELY_NOT_STALE: Duration = Duration::from_secs(29);

/// How long a lockfile without a living process must have stood. By then a holder that is about to stamp the lockfile has done so, and a
/// holder in another PID namespace has left its section of milliseconds.
const GRACE: Duration = Duration::from_millis(500);

/// The same for a lockfile that names nobody and has a time of whole seconds, or of two seconds as on FAT. A lockfile that was removed and
/// made again meanwhile looks the same, until its time is another one.
const GRACE_BY_SECONDS: Duration = Duration::from_millis(2500);

/// The result of judging a lockfile.
#[derive(Debug)]
pub enum Verdict {
    /// The lockfile was removed meanwhile.
    Gone,
    /// The lockfile is this writer's own: a network file system has lost the reply to `link`.
    Ours,
    /// Somebody holds the lock, or the file is no lockfile.
    Held,
    /// Nobody holds the lock any more, and why.
    Stale(Stale, Takeover),
}

/// How a stale lockfile may be taken over.
#[derive(Debug)]
pub enum Stale {
    /// By a write to the very inode that was judged.
    InPlace {
        /// The inode.
        file: File,
        /// When the claim was written, if only this domain can judge it yet: a dead native of this domain wrote it, and did not mark it.
        /// `None` for any other claim.
        ours_since: Option<SystemTime>,
    },
    /// By a rename over the lockfile. This process may not write to the file, or the file has another name too.
    ByRename,
}

/// Whether others may have judged the lockfile too by now, so that the take-over has to settle.
pub fn is_contested(ours_since: Option<SystemTime>) -> bool {
    // A time in the future does not tell for how long others have seen the lockfile.
    let age = ours_since.and_then(|since| sys::clock().duration_since(since).ok());
    age.is_none_or(|age| age > SURELY_NOT_STALE)
}

/// What one waiter sees of the lockfile, look by look. A lockfile that looks the same has not changed.
pub type Sights = Watch<(Vec<u8>, Option<SystemTime>)>;

/// Judges the lockfile, for a writer of this domain that tries to publish this claim.
pub fn judge(lockfile: &Path, domain: &Domain, claim: &Claim, sights: &mut Sights) -> Result<Verdict> {
    // The clock is read first. A process that is suspended behind the opening would otherwise see an age that has grown since the release.
    let (now, began) = (sys::clock(), Moment::now());
    let (file, writable) = match sys::open(lockfile, Access::Write) {
        Err(error) if error.kind() != ErrorKind::NotFound => (sys::open(lockfile, Access::Look), false),
        opened => (opened, true),
    };
    match file {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Verdict::Gone),
        Err(error) if sys::is_everywhere(&error) => return Err(error).during("open", lockfile),
        Ok(file) => {
            // A file without metadata is read all the same: the JS module goes by the pid then.
            let metadata = file.stat().ok();
            let is_odd = metadata.as_ref().is_some_and(|metadata| !metadata.is_file || metadata.len > MAX_LEN);
            match sys::read_all(&file, CLAIM_LEN as u64, MAX_LEN) {
                _ if is_odd => return Ok(Verdict::Held),
                Ok(text) => {
                    let ages = Ages::of(metadata.as_ref(), &text, (now, began), domain, sights);
                    let has_other_names = metadata.as_ref().is_some_and(Stat::has_other_names);
                    return Ok(judge_file(file, writable, has_other_names, &text, &ages, domain, claim));
                }
                Err(_) => {}
            }
        }
        Err(_) => {}
    }
    // A lockfile that may not be read is judged by its age alone, as by the JS module.
    Ok(match sys::stat(lockfile) {
        Ok(metadata) if metadata.is_file => by_rename(&Ages::of(Some(&metadata), &[], (now, began), domain, sights)),
        Err(error) if error.kind() == ErrorKind::NotFound => Verdict::Gone,
        Ok(_) | Err(_) => Verdict::Held,
    })
}

fn judge_file(
    file: File,
    writable: bool,
    has_other_names: bool,
    text: &[u8],
    ages: &Ages,
    domain: &Domain,
    claim: &Claim,
) -> Verdict {
    if claim.is_in(text) {
        return Verdict::Ours;
    }
    let text = String::from_utf8_lossy(text);
    let claimant = Claimant::parse(&text);
    let is_dead_native = matches!(claimant, Claimant::Native { domain: theirs, .. } if domain.has(theirs));
    // A native's lockfile has a second name: that of the kept claim, or a private one that the native did not live to remove. Any other file
    // with two names may be somebody's file.
    if has_other_names && !matches!(claimant, Claimant::Native { .. }) {
        return by_rename(ages);
    }
    let why = match claimant {
        _ if is_dead_native => Some(Takeover::KilledNative),
        Claimant::Js { pid } if ages.seen > GRACE && sys::is_dead(pid) => Some(Takeover::DeadProcess),
        Claimant::Unknown if ages.seen > if ages.is_exact { GRACE } else { GRACE_BY_SECONDS } => {
            Some(Takeover::Unstamped)
        }
        _ if ages.told > STALE_FOR_NATIVES => Some(Takeover::Old),
        _ => None,
    };
    match why {
        None => Verdict::Held,
        Some(why) if writable => {
            // A marked claim may still be taken by others that judged the lockfile before: its writer may have died before it had settled.
            let only_ours = is_dead_native && matches!(claimant, Claimant::Native { taken: false, .. });
            let ours_since = if only_ours { ages.written } else { None };
            Verdict::Stale(Stale::InPlace { file, ours_since }, why)
        }
        Some(_) => by_rename(ages),
    }
}

/// A lockfile that can't be taken over in place is taken over by its age alone, because a rename can hit a fresh lock.
fn by_rename(ages: &Ages) -> Verdict {
    if ages.told > STALE_FOR_NATIVES { Verdict::Stale(Stale::ByRename, Takeover::Old) } else { Verdict::Held }
}

/// How old a lockfile is.
struct Ages {
    written: Option<SystemTime>,
    /// Whether the time in `written` has a fraction of a second.
    is_exact: bool,
    /// The age by the mtime, as the JS module tells it. A time in the future tells no age; then this is the time of the watch.
    told: Duration,
    /// For how long the lockfile has surely not changed: by the mtime if this kernel has set an exact one, else by the watch.
    seen: Duration,
}

impl Ages {
    /// `now` and `began` both tell when the look began, by the system's clock and by the monotonic one.
    fn of(
        metadata: Option<&Stat>,
        text: &[u8],
        (now, began): (SystemTime, Moment),
        domain: &Domain,
        sights: &mut Sights,
    ) -> Self {
        let written = metadata.and_then(|metadata| metadata.modified);
        let watched = sights.look((text.to_owned(), written), began);
        let since_1970 = written.and_then(|written| written.duration_since(UNIX_EPOCH).ok());
        let is_exact = since_1970.is_some_and(|time| time.subsec_nanos() > 0);
        let told = written.and_then(|written| now.duration_since(written).ok());
        let seen = told.filter(|_| is_exact && domain.is_local());
        Self { written, is_exact, told: told.unwrap_or(watched), seen: seen.unwrap_or(watched) }
    }
}

//! Step *judge*: whether the lockfile that is in the way is stale, and how it may be taken over.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::opened::Opened;
use super::publish::reusable;
use crate::error::{Context, Result};
use crate::lock::claim::{Claim, Claimant, Native};
use crate::lock::holder::MAX_LEN;
use crate::lock::wait::{Watch, since};
use crate::lock::{LOCKFILE, STALE_FOR_NATIVE_WRITERS, Takeover};
use crate::sys::{self, Access, File, FileId, Stat};

/// If a dead native writer's lockfile is younger than this, nobody has judged it but writers with its kernel lock.
const UNJUDGED: Duration = Duration::from_millis(400);

/// How old the lockfile of a dead process must be. By then a holder that is about to stamp the lockfile has done so, and a holder in another PID
/// namespace, which only seems dead, has released the lock.
const GRACE: Duration = Duration::from_millis(500);

/// The same for a lockfile that names nobody and has a time of whole seconds, or of two seconds as on FAT. If somebody removes such a lockfile and
/// another one creates it again, it looks the same until its time changes.
const GRACE_BY_SECONDS: Duration = Duration::from_millis(2500);

/// How long a judgment is valid for replacing the lockfile.
const FRESH: Duration = Duration::from_millis(50);

/// The result of judging a lockfile.
pub enum Verdict {
    /// The lockfile was removed meanwhile.
    Gone,
    /// The lockfile is this writer's own. A network file system had lost the reply to `link`.
    Ours,
    /// Somebody holds the lock, or the file is not a lockfile.
    Held,
    /// Nobody holds the lock any more, but this user may not remove its file.
    Forbidden,
    /// Nobody holds the lock any more.
    Stale(Stale),
}

/// A stale lockfile.
pub struct Stale {
    pub why: Takeover,
    /// The lockfile itself, to be written to. `None` if it has to be replaced: this process may not write to it, or it has another name.
    pub file: Option<File>,
    /// The reusable lockfile's name, if it is a name of this very file.
    pub also: Option<String>,
    /// Whether only writers of this domain can have judged it, unless it gets old.
    is_ours_alone: bool,
    id: FileId,
    written: Option<SystemTime>,
    judged: Instant,
}

/// What one waiter has seen of the lockfile, look by look. If it looks the same, it has not changed.
pub type Sights = Watch<(Vec<u8>, Option<SystemTime>)>;

impl Opened {
    /// Judges the lockfile. `path` is the directory's, for messages.
    pub fn judge(&mut self, claim: &Claim, path: &Path) -> Result<Verdict> {
        // The clock is read first. Otherwise, if this process is suspended after it has opened the lockfile, a lockfile that was released meanwhile
        // would seem old.
        let (now, judged) = (sys::clock(), sys::instant());
        let (file, is_writable) = match self.dir.open_file(LOCKFILE, Access::Write) {
            Err(error) if error.kind() != ErrorKind::NotFound => (self.dir.open_file(LOCKFILE, Access::Look), false),
            opened => (opened, true),
        };
        let file = match file {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Verdict::Gone),
            Err(error) if sys::is_everywhere(&error) => return Err(error).during("open", path),
            file => file.ok(),
        };
        // A lockfile that can't be opened is judged by its age alone, as by the JS module.
        let stat = match &file {
            Some(file) => Ok(file.stat().unwrap_or_else(|_| Stat::unknown())),
            None => self.dir.stat_file(LOCKFILE),
        };
        let Ok(stat) = stat else { return Ok(Verdict::Held) };
        if !stat.is_file || stat.len > MAX_LEN {
            return Ok(Verdict::Held);
        }
        let text = file.as_ref().and_then(|file| sys::read_all(file, stat.len, MAX_LEN).ok());
        if text.as_ref().is_some_and(|text| claim.is_in(text)) {
            return Ok(Verdict::Ours);
        }
        let ages = self.ages(&stat, text.as_deref(), now, judged);
        let text = text.map(|text| String::from_utf8_lossy(&text).into_owned());
        let claimant = text.as_deref().map(Claimant::parse);
        let Some(why) = self.why(claimant.as_ref(), &ages) else { return Ok(Verdict::Held) };
        let user = sys::user();
        if self.stat.sticky && ![0, self.stat.uid, stat.uid].contains(&user) {
            return Ok(Verdict::Forbidden);
        }
        let also = match (&claimant, stat.links) {
            (Some(Claimant::Native(Native { domain: Some(domain), .. })), 2) => {
                reusable(domain).filter(|name| self.dir.stat_file(name).is_ok_and(|named| named.id == stat.id))
            }
            _ => None,
        };
        let is_taken = matches!(claimant, Some(Claimant::Native(Native { taken: true, .. })));
        let file = file.filter(|_| is_writable && (stat.links == 1 || also.is_some()));
        let is_ours_alone = why == Takeover::KilledNative && !is_taken && file.is_some();
        Ok(Verdict::Stale(Stale { why, file, also, is_ours_alone, id: stat.id, written: stat.modified, judged }))
    }

    /// Why the lockfile is stale, if it is.
    fn why(&self, claimant: Option<&Claimant<'_>>, ages: &Ages) -> Option<Takeover> {
        let unstamped = if ages.is_exact { GRACE } else { GRACE_BY_SECONDS };
        match claimant {
            Some(Claimant::Native(native)) if self.surely_dead(native) => Some(Takeover::KilledNative),
            Some(Claimant::Native(native)) if ages.seen > GRACE && seems_dead(native) => Some(Takeover::DeadProcess),
            Some(&Claimant::Js { pid }) if ages.seen > GRACE && sys::is_dead(pid) => Some(Takeover::DeadProcess),
            Some(Claimant::Unknown) if ages.seen > unstamped => Some(Takeover::Unstamped),
            _ if ages.by_mtime > STALE_FOR_NATIVE_WRITERS => Some(Takeover::Old),
            _ => None,
        }
    }

    /// Whether the native writer had the kernel lock that this writer has now, or had it before the machine was rebooted.
    fn surely_dead(&self, native: &Native<'_>) -> bool {
        let Some((own, theirs)) = self.domain().zip(native.domain) else { return false };
        let is_other_boot = || theirs.split_once(':').is_some_and(|(boot, _)| Some(boot) != self.boot);
        theirs == own || is_other_boot()
    }

    /// `now` and `judged` both say when the look began, by the system's clock and by the monotonic one.
    fn ages(&mut self, stat: &Stat, text: Option<&[u8]>, now: SystemTime, judged: Instant) -> Ages {
        let watched = self.sights.look((text.unwrap_or_default().to_owned(), stat.modified), judged);
        let since_1970 = stat.modified.and_then(|written| written.duration_since(UNIX_EPOCH).ok());
        let is_exact = since_1970.is_some_and(|time| time.subsec_nanos() > 0);
        let by_mtime = stat.modified.and_then(|written| now.duration_since(written).ok());
        let seen = by_mtime.filter(|_| is_exact && self.is_local()).unwrap_or(watched);
        Ages { is_exact, by_mtime: by_mtime.unwrap_or(watched), seen }
    }
}

/// Whether the native writer is of this boot, and its process is gone. It may have left a child that has the kernel lock.
fn seems_dead(native: &Native<'_>) -> bool {
    let namespace = sys::pid_namespace();
    let boot = native.boot.or_else(|| Some(native.domain?.split_once(':')?.0));
    let is_comparable = boot.is_some() && boot == sys::boot_id() && native.pid_namespace == namespace;
    is_comparable && (namespace != 0 || cfg!(target_os = "macos")) && sys::is_dead(native.pid)
}

impl Stale {
    /// Whether others may have judged the lockfile too by now. Then the take-over has to settle.
    pub fn is_contested(&self) -> bool {
        // A time in the future does not show how long others have seen the lockfile.
        let age = self.written.and_then(|written| sys::clock().duration_since(written).ok());
        !self.is_ours_alone || age.is_none_or(|age| age > UNJUDGED)
    }

    /// Whether the name still has the file that was judged, and it was judged only a moment ago.
    pub fn is_still(&self, opened: &Opened) -> bool {
        let is_named = match opened.dir.stat_file(LOCKFILE) {
            Ok(stat) => (!opened.is_local() || stat.id == self.id) && stat.modified == self.written,
            Err(error) => error.kind() != ErrorKind::NotFound,
        };
        is_named && since(self.judged) < FRESH
    }
}

/// How old a lockfile is.
struct Ages {
    /// Whether the mtime has a fraction of a second.
    is_exact: bool,
    /// The age by the mtime, as the JS module computes it. If the mtime is in the future, how long this waiter has watched the lockfile.
    by_mtime: Duration,
    /// How long the lockfile has surely not changed: by the mtime if this kernel has set an exact one, else by the watch.
    seen: Duration,
}

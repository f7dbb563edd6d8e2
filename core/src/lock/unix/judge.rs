//! Step *judge*: whether the lockfile that is in the way is stale, and how it may be taken over.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::domain::{Domain, reusable};
use crate::error::{Context, Result};
use crate::lock::claim::{Claim, Claimant, Native};
use crate::lock::holder::MAX_LEN;
use crate::lock::wait::{Moment, Watch};
use crate::lock::{LOCKFILE, STALE, Takeover};
use crate::sys::{self, Access, Dir, File, FileId, Stat};

/// Native writers judge a little later than the JS module does, so that they never come first.
const STALE_FOR_NATIVES: Duration = STALE.saturating_add(Duration::from_millis(500));

/// If a dead native writer's lockfile is younger than this, nobody has judged it but writers with its kernel lock.
const UNJUDGED: Duration = Duration::from_millis(400);

/// How old the lockfile of a dead process must be. By then a holder that is about to stamp the lockfile has done so, and a holder in another PID
/// namespace, which only seems dead, has released the lock.
const GRACE: Duration = Duration::from_millis(500);

/// The same for a lockfile that names nobody and has a time of whole seconds, or of two seconds as on FAT. If somebody removes such a lockfile and
/// another one creates it again, it looks the same until its time changes.
const GRACE_BY_SECONDS: Duration = Duration::from_millis(2500);

/// How long a judgment is valid.
const FRESH: Duration = Duration::from_millis(50);

/// Who judges.
pub struct Judge<'a> {
    pub dir: &'a Dir,
    /// The directory's state, for who may remove a file in it.
    pub stat: &'a Stat,
    pub domain: &'a Domain,
    /// The directory's path, for messages.
    pub path: &'a Path,
}

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
    file: Option<File>,
    sight: Option<Sight>,
    written: Option<SystemTime>,
    /// Whether only writers of this domain can have judged it, unless it gets old.
    is_ours_alone: bool,
    is_in_place: bool,
    /// The reusable lockfile's name, if it is a name of this very file.
    pub also: Option<String>,
    judged: Moment,
}

/// What shows whether a lockfile is still the one that was judged.
type Sight = (FileId, Vec<u8>, Option<SystemTime>);

/// What one waiter has seen of the lockfile, look by look. If it looks the same, it has not changed.
pub type Sights = Watch<(Vec<u8>, Option<SystemTime>)>;

impl Judge<'_> {
    pub fn judge(&self, claim: &Claim, sights: &mut Sights) -> Result<Verdict> {
        // The clock is read first. Otherwise, if this process is suspended after it has opened the lockfile, a lockfile that was released meanwhile
        // would seem old.
        let (now, judged) = (sys::clock(), Moment::now());
        let (file, is_writable) = match self.dir.open_file(LOCKFILE, Access::Write) {
            Err(error) if error.kind() != ErrorKind::NotFound => (self.dir.open_file(LOCKFILE, Access::Look), false),
            opened => (opened, true),
        };
        let file = match file {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Verdict::Gone),
            Err(error) if sys::is_everywhere(&error) => return Err(error).during("open", self.path),
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
        let ages = Ages::of(&stat, text.as_deref(), (now, judged), self.domain, sights);
        let text = text.map(|text| String::from_utf8_lossy(&text).into_owned());
        let claimant = text.as_deref().map(Claimant::parse);
        let Some(why) = self.why(claimant.as_ref(), &ages) else { return Ok(Verdict::Held) };
        let user = sys::user();
        if self.stat.sticky && ![0, self.stat.uid, stat.uid].contains(&user) {
            return Ok(Verdict::Forbidden);
        }
        let also = match (&claimant, stat.links) {
            (Some(Claimant::Native(native)), 2) => reusable(native.domain).filter(|name| self.is_named(name, &stat)),
            _ => None,
        };
        Ok(Verdict::Stale(Stale {
            why,
            is_in_place: is_writable && (stat.links == 1 || also.is_some()),
            is_ours_alone: why == Takeover::KilledNative && !is_taken(claimant.as_ref()),
            written: ages.written,
            sight: text.map(|text| (stat.id, text.into_bytes(), ages.written)),
            file,
            also,
            judged,
        }))
    }

    /// Why the lockfile is stale, if it is.
    fn why(&self, claimant: Option<&Claimant<'_>>, ages: &Ages) -> Option<Takeover> {
        let unstamped = if ages.is_exact { GRACE } else { GRACE_BY_SECONDS };
        match claimant {
            Some(Claimant::Native(native)) if self.surely_dead(native) => Some(Takeover::KilledNative),
            Some(Claimant::Native(native)) if ages.seen > GRACE && Self::seems_dead(native) => {
                Some(Takeover::DeadProcess)
            }
            Some(&Claimant::Js { pid }) if ages.seen > GRACE && sys::is_dead(pid) => Some(Takeover::DeadProcess),
            Some(Claimant::Unknown) if ages.seen > unstamped => Some(Takeover::Unstamped),
            _ if ages.told > STALE_FOR_NATIVES => Some(Takeover::Old),
            _ => None,
        }
    }

    /// Whether the native writer had the kernel lock that this writer has now, or had it before the machine was rebooted.
    fn surely_dead(&self, native: &Native<'_>) -> bool {
        let boot = |domain: &str| domain.split_once(':').map(|(boot, _)| boot.to_owned());
        let other_boot = || boot(native.domain).is_some() && boot(native.domain) != boot(&self.domain.name);
        self.domain.is_known() && (native.domain == self.domain.name || other_boot())
    }

    /// Whether the native writer is of this boot, and its process is gone. It may have left a child that has the kernel lock.
    fn seems_dead(native: &Native<'_>) -> bool {
        let namespace = sys::pid_namespace();
        let boot = native.boot.or_else(|| native.domain.split_once(':').map(|(boot, _)| boot));
        let is_comparable = boot.is_some() && boot == sys::boot_id() && native.pid_namespace == namespace;
        is_comparable && (namespace != 0 || cfg!(target_os = "macos")) && sys::is_dead(native.pid)
    }

    fn is_named(&self, name: &str, stat: &Stat) -> bool {
        self.dir.stat_file(name).is_ok_and(|named| named.id == stat.id)
    }

    /// Whether the name still has the file that was judged, and it was judged only a moment ago.
    pub fn is_still(&self, stale: &Stale) -> bool {
        let looked = || {
            let file = self.dir.open_file(LOCKFILE, Access::Look).ok()?;
            let text = sys::read_all(&file, MAX_LEN, MAX_LEN).ok()?;
            match self.dir.stat_file(LOCKFILE) {
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                stat => {
                    let stat = stat.unwrap_or_else(|_| Stat::unknown());
                    Some((stat.id, text, stat.modified))
                }
            }
        };
        // A lockfile that can't be read is judged by its age alone.
        let is_same = stale.sight.is_none()
            || looked().is_some_and(|(id, text, modified)| {
                let id = if self.domain.is_local { Some(id) } else { None };
                stale
                    .sight
                    .as_ref()
                    .is_some_and(|seen| (id.is_none() || id == Some(seen.0)) && text == seen.1 && modified == seen.2)
            });
        is_same && stale.judged.elapsed() < FRESH
    }
}

fn is_taken(claimant: Option<&Claimant<'_>>) -> bool {
    matches!(claimant, Some(Claimant::Native(native)) if native.taken)
}

impl Stale {
    /// The lockfile itself, to be written to. `None` if it has to be replaced: this process may not write to it, or it has another name.
    pub fn in_place(&self) -> Option<&File> {
        self.file.as_ref().filter(|_| self.is_in_place)
    }

    /// Whether others may have judged the lockfile too by now. Then the take-over has to settle.
    pub fn is_contested(&self) -> bool {
        // A time in the future does not show how long others have seen the lockfile.
        let age = self.written.and_then(|since| sys::clock().duration_since(since).ok());
        !self.is_ours_alone || age.is_none_or(|age| age > UNJUDGED)
    }
}

/// How old a lockfile is.
struct Ages {
    written: Option<SystemTime>,
    /// Whether the time in `written` has a fraction of a second.
    is_exact: bool,
    /// The age by the mtime, as the JS module computes it. If the mtime is in the future, how long this waiter has watched the lockfile.
    told: Duration,
    /// How long the lockfile has surely not changed: by the mtime if this kernel has set an exact one, else by the watch.
    seen: Duration,
}

impl Ages {
    /// `now` and `judged` both say when the look began, by the system's clock and by the monotonic one.
    fn of(
        stat: &Stat,
        text: Option<&[u8]>,
        (now, judged): (SystemTime, Moment),
        domain: &Domain,
        sights: &mut Sights,
    ) -> Self {
        let written = stat.modified;
        let watched = sights.look((text.unwrap_or_default().to_owned(), written), judged);
        let since_1970 = written.and_then(|written| written.duration_since(UNIX_EPOCH).ok());
        let is_exact = since_1970.is_some_and(|time| time.subsec_nanos() > 0);
        let told = written.and_then(|written| now.duration_since(written).ok());
        let seen = told.filter(|_| is_exact && domain.is_local);
        Self { written, is_exact, told: told.unwrap_or(watched), seen: seen.unwrap_or(watched) }
    }
}

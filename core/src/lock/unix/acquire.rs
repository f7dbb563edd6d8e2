//! Steps *open* to *fence*, tried until the lock is this writer's.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::judge::{Stale, Verdict};
use super::opened::Opened;
use super::publish::{Published, Way, create_lockfile, prepare_private, publish};
use super::{Lock, is_ours};
use crate::degraded::{Degraded, optional};
use crate::error::{Context, Error, Result};
use crate::lock::claim::{ALWAYS_ALIVE, Claim};
use crate::lock::clean::clean;
use crate::lock::wait::{Ended, Limit, Wait, settle};
use crate::lock::{HeldBy, LOCKFILE, private_name};
use crate::receipt::Noted;
use crate::sys::{self, File};

/// One acquisition.
struct Acquisition<'a> {
    /// The directory's.
    path: &'a Path,
    limit: &'a Limit,
    noted: &'a Noted,
    way: Way,
}

/// The result of a try.
enum Tried {
    /// The lock is this writer's, with this claim. Has the lockfile's descriptor, if that may stay open.
    Held(Claim, Option<File>),
    /// The lockfile is gone, so try again at once.
    Again,
    Wait,
}

/// [`Lock::acquire`].
pub fn acquire<'a>(path: &Path, limit: &Limit, noted: &'a Noted) -> Result<Lock<'a>> {
    let mut acquisition = Acquisition { path, limit, noted, way: Way::Link };
    let mut wait = Wait::new(limit);
    let mut last = None;
    loop {
        let opened = last.take().map_or_else(|| Opened::open(path), Ok);
        let tried = opened.and_then(|mut opened| acquisition.attempt(&mut opened).map(|tried| (tried, opened)));
        let ended = match tried {
            Ok((Tried::Held(claim, file), opened)) => {
                noted.waited(wait.waited());
                return Ok(Lock { path: path.to_owned(), opened, claim, file, is_released: false, noted });
            }
            Ok((Tried::Again, opened)) => {
                last = Some(opened);
                wait.check()
            }
            Ok((Tried::Wait, opened)) => {
                let ended = wait.pause();
                last = Some(opened).filter(|opened| opened.is_at(path));
                ended
            }
            // Somebody has removed the directory.
            Err(error) if error.is_missing() => wait.pause(),
            Err(error) => return Err(error),
        };
        ended.map_err(|ended| acquisition.ended(ended))?;
    }
}

impl Acquisition<'_> {
    fn attempt(&mut self, opened: &mut Opened) -> Result<Tried> {
        if !self.may_try(opened)? {
            return Ok(Tried::Wait);
        }
        let domain = opened.domain();
        let boot = opened.boot.filter(|_| domain.is_none());
        let claim = Claim::new(first_line(), domain.as_deref(), boot);
        // A writer with a reusable lockfile writes it at each try, so that others see that it runs. A private file is created only if the name is free.
        let looks_first = domain.is_none() || self.way != Way::Link;
        if !looks_first && let Some(held) = self.publish(opened, &claim)? {
            return Ok(held);
        }
        match opened.judge(&claim, self.path)? {
            Verdict::Gone if looks_first => Ok(self.publish(opened, &claim)?.unwrap_or(Tried::Again)),
            Verdict::Gone => Ok(Tried::Again),
            Verdict::Ours => Ok(hold(opened, claim, None, false)),
            Verdict::Held => Ok(Tried::Wait),
            Verdict::Forbidden => {
                // Leaves the kernel lock to somebody who may remove the lockfile.
                opened.unlock();
                Ok(Tried::Wait)
            }
            Verdict::Stale(stale) => self.take_over(opened, stale, claim),
        }
    }

    /// Step *lock*: true with the kernel lock, and also if kernel locks are unavailable or its holder stands still.
    fn may_try(&self, opened: &mut Opened) -> Result<bool> {
        let locked = opened.try_lock(self.path)?;
        if locked.is_none() {
            self.noted.degraded(Degraded::NoKernelLock);
        }
        if opened.is_unknown {
            self.noted.degraded(Degraded::NotLocal);
        }
        Ok(locked.unwrap_or(true) || opened.is_stuck(self.limit.timeout))
    }

    /// Step *publish*. `None` if the lockfile's name is taken.
    fn publish(&mut self, opened: &Opened, claim: &Claim) -> Result<Option<Tried>> {
        let lockfile = self.path.join(LOCKFILE);
        while self.way != Way::Create {
            match optional(publish(opened, claim, self.way).during("open", &lockfile))? {
                Some(Published::Yes(file)) => return Ok(Some(hold(opened, claim.clone(), file, false))),
                Some(Published::Taken) => return Ok(None),
                Some(Published::Gone) if !opened.is_at(self.path) => {
                    return Err(io::Error::from(ErrorKind::NotFound)).during("link", self.path);
                }
                Some(Published::Gone) => {}
                Some(Published::Failed) if self.way == Way::Link => self.give_way(Way::Rename),
                Some(Published::Failed) | None => self.give_way(Way::Create),
            }
        }
        // The claim is marked: others can have judged the lockfile while it was empty.
        let claim = claim.taken();
        let Published::Yes(file) = create_lockfile(opened, &claim, &lockfile)? else { return Ok(None) };
        settle();
        let is_ours = is_ours(&opened.dir, &claim, file.as_ref()).during("open", &lockfile)?;
        Ok(is_ours.then(|| hold(opened, claim, file, false)))
    }

    fn give_way(&mut self, way: Way) {
        self.way = way;
        self.noted.degraded(if way == Way::Rename { Degraded::NoHardLinks } else { Degraded::NoPublishing });
    }

    /// Steps *take over*, *settle* and *confirm*.
    fn take_over(&self, opened: &Opened, mut stale: Stale, claim: Claim) -> Result<Tried> {
        let lockfile = self.path.join(LOCKFILE);
        let claim = if stale.is_contested() { claim.taken() } else { claim };
        let file = if let Some(file) = stale.file.take() {
            file.overwrite(claim.as_bytes(), 0).during("write", &lockfile)?;
            Some(file).filter(|_| opened.is_local()) // a network file system may send the claim only when the file is closed
        } else {
            // Another user's lockfile, or one with other names. It is replaced, as the JS module does.
            let name = private_name(claim.nonce());
            let file = prepare_private(opened, &claim).during("open", &lockfile)?;
            let renamed =
                if stale.is_still(opened) { opened.dir.rename(&name, LOCKFILE).map(|()| true) } else { Ok(false) };
            if !matches!(renamed, Ok(true)) {
                let _ = opened.dir.remove(&name);
            }
            if !renamed.during("rename", &lockfile)? {
                return Ok(Tried::Again);
            }
            file
        };
        self.noted.taken_over(stale.why);
        // Checked again: if this process was suspended before the write, the old claim may have become old enough for others to judge it stale.
        let is_contested = stale.is_contested();
        if is_contested {
            settle();
        }
        if !is_ours(&opened.dir, &claim, file.as_ref()).during("open", &lockfile)? {
            return Ok(Tried::Again);
        }
        if let Some(also) = stale.also.filter(|_| is_contested) {
            let _ = opened.dir.remove(&also);
        }
        Ok(hold(opened, claim, file, true))
    }

    fn ended(&self, ended: Ended) -> Error {
        let path = self.path.join(LOCKFILE);
        match ended {
            Ended::Elapsed => Error::LockTimeout { held_by: HeldBy::look(&path), path, timeout: self.limit.timeout },
            Ended::Cancelled => Error::Cancelled { path },
        }
    }
}

/// Step *fence*. A writer that has lost its lock can't rename an old journal over the new one then.
fn hold(opened: &Opened, claim: Claim, file: Option<File>, is_taken_over: bool) -> Tried {
    let is_fence = is_taken_over || !opened.is_locked || !opened.is_local();
    clean(&opened.dir, opened.stat.id, claim.nonce(), is_fence);
    Tried::Held(claim, file)
}

/// The pid by which the JS module judges: one that it takes for alive. On some systems nobody may ask for pid 1.
fn first_line() -> i32 {
    if !sys::seems_dead(ALWAYS_ALIVE) {
        return ALWAYS_ALIVE;
    }
    let session = sys::session();
    if session > 0 && !sys::seems_dead(session) { session } else { sys::process_id().cast_signed() }
}

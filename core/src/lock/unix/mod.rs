//! The lock on Unix. [`lock`](super) describes the steps.

mod domain;
mod judge;
mod opened;
mod publish;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::judge::{Judge, Stale, Verdict};
use self::opened::Opened;
use self::publish::{Published, Way, create_lockfile, prepare_private, publish};
use super::claim::{ALWAYS_ALIVE, CLAIM_LEN, Claim};
use super::clean::clean;
use super::wait::{Ended, Limit, Wait, settle};
use super::{HeldBy, LOCKFILE, Takeover, private_name};
use crate::degraded::{Degraded, Noted, optional};
use crate::error::{Context, Error, Result};
use crate::sys::{self, Access, Dir, File};

/// The lock, from [`acquire`](Self::acquire) to [`release`](Self::release), unless it is stolen meanwhile: [`is_ours`](Self::is_ours) looks.
/// Dropping a `Lock` releases the lock.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    limit: Limit,
    opened: Option<Opened>,
    held: Option<Held>,
    way: Way,
    /// What was unavailable to a write that has this lock.
    pub degraded: Noted,
    waited: Duration,
    takeovers: u32,
    last_takeover: Option<Takeover>,
}

/// The claim in the lockfile, and the lockfile's descriptor, if that may stay open.
#[derive(Debug)]
struct Held {
    claim: Claim,
    file: Option<File>,
}

/// The result of a try.
enum Tried {
    Held,
    /// The lockfile is gone, so try again at once.
    Again,
    Wait,
}

impl Lock {
    /// Waits for the lock of the journal in the directory at `path`. Creates the directory if it is missing.
    pub fn acquire(path: &Path, limit: &Limit) -> Result<Self> {
        let mut lock = Self {
            path: path.to_owned(),
            limit: limit.clone(),
            opened: None,
            held: None,
            way: Way::Link,
            degraded: Noted::default(),
            waited: Duration::ZERO,
            takeovers: 0,
            last_takeover: None,
        };
        lock.reacquire()?;
        Ok(lock)
    }

    /// Acquires the lock from the beginning, in the directory that is at the path now.
    pub fn reacquire(&mut self) -> Result<()> {
        let mut wait = Wait::new(&self.limit);
        self.close();
        loop {
            match self.attempt() {
                Ok(Tried::Held) => {
                    self.waited += wait.waited();
                    return Ok(());
                }
                Ok(Tried::Again) => wait.check().map_err(|ended| self.ended(ended))?,
                Ok(Tried::Wait) => {
                    wait.pause().map_err(|ended| self.ended(ended))?;
                    if !self.is_at_path() {
                        self.close();
                    }
                }
                // Somebody has removed the directory.
                Err(error) if error.is_missing() => {
                    self.close();
                    wait.pause().map_err(|ended| self.ended(ended))?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The journal's directory.
    pub fn dir(&self) -> &Dir {
        &self.opened.as_ref().expect("a lock that is held").dir
    }

    /// A number that no other acquisition has, as text.
    pub fn nonce(&self) -> &str {
        self.held.as_ref().expect("a lock that is held").claim.nonce()
    }

    /// Whether the file system is known to be local, so that what it says of a file is reliable.
    pub fn is_local(&self) -> bool {
        self.opened.as_ref().is_some_and(|opened| opened.domain.is_local)
    }

    /// Step *confirm*: whether this writer's claim is in the lockfile. The file is found by its inode number if that is possible, else by name.
    pub fn is_ours(&self) -> Result<bool> {
        let (Some(opened), Some(held)) = (&self.opened, &self.held) else { return Ok(false) };
        // If this fails, the lockfile is read by its name.
        let by_number = held.file.as_ref().and_then(|file| {
            let (own, named) = (file.stat().ok()?, opened.dir.stat_file(LOCKFILE).ok()?);
            if named.id == own.id { is_in(file, &held.claim).ok() } else { Some(false) }
        });
        let by_name = || is_in(&opened.dir.open_file(LOCKFILE, Access::Look)?, &held.claim);
        let is_ours = by_number.map_or_else(by_name, Ok);
        match is_ours {
            Err(error) if sys::is_gone_or_odd(&error) => Ok(false),
            is_ours => is_ours.during("open", &self.lockfile()),
        }
    }

    /// Step *release*. False if the lock was not this writer's any more.
    pub fn release(&mut self) -> Result<bool> {
        let is_ours = self.is_ours()?;
        if let (true, Some(opened)) = (is_ours, &self.opened) {
            match opened.dir.remove(LOCKFILE) {
                // Somebody has stolen the lock and released it since the check. At the check the lock was this writer's.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                removed => removed.during("unlink", &self.lockfile())?,
            }
        }
        self.held = None;
        self.close();
        Ok(is_ours)
    }

    /// How long the acquisitions slept. Settling does not count.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// How many stale lockfiles were taken over, and why the last one was.
    pub fn takeovers(&self) -> (u32, Option<Takeover>) {
        (self.takeovers, self.last_takeover)
    }

    fn lockfile(&self) -> PathBuf {
        self.path.join(LOCKFILE)
    }

    /// Closes the directory, and gives up the lock in it.
    fn close(&mut self) {
        if self.held.is_some() {
            // If this fails, the caller's next step fails. To others, a lockfile that stays is a dead writer's.
            let _ = self.is_ours().is_ok_and(|ours| ours && self.dir().remove(LOCKFILE).is_ok());
            self.held = None;
        }
        if let Some(mut opened) = self.opened.take() {
            opened.unlock();
        }
    }

    /// Whether the path still names the directory that was opened. Inode numbers can differ if the file system is not local. Then the path only has to
    /// exist.
    pub fn is_at_path(&self) -> bool {
        let Some(opened) = &self.opened else { return true };
        sys::stat(&self.path).is_ok_and(|stat| !opened.domain.is_local || stat.id == opened.stat.id)
    }

    /// Steps *open* to *confirm*, once.
    fn attempt(&mut self) -> Result<Tried> {
        if self.opened.is_none() {
            self.opened = Some(Opened::open(&self.path)?);
        }
        if !self.may_try()? {
            return Ok(Tried::Wait);
        }
        let opened = self.opened.as_ref().expect("it was opened");
        let boot = sys::boot_id().filter(|_| opened.domain.is_local && !opened.domain.is_known());
        let claim = Claim::new(first_line(), &opened.domain.name, boot);
        // A writer with a reusable lockfile writes it at each try, so that others see that it runs. A private file is created only if the name is free.
        let looks_first = !opened.domain.is_known() || self.way != Way::Link;
        if !looks_first && self.publish(&claim)? {
            return Ok(Tried::Held);
        }
        let Self { opened: Some(opened), path, .. } = &mut *self else { return Ok(Tried::Again) };
        let judge = Judge { dir: &opened.dir, stat: &opened.stat, domain: &opened.domain, path };
        let verdict = judge.judge(&claim, &mut opened.sights)?;
        let is_due = matches!(&verdict, Verdict::Stale(stale) if stale.in_place().is_some() || judge.is_still(stale));
        match verdict {
            Verdict::Gone if looks_first && self.publish(&claim)? => Ok(Tried::Held),
            Verdict::Ours => {
                self.hold(claim, None);
                Ok(Tried::Held)
            }
            Verdict::Held => Ok(Tried::Wait),
            Verdict::Forbidden => {
                // Leaves the kernel lock to somebody who may remove the lockfile.
                self.opened.iter_mut().for_each(Opened::unlock);
                Ok(Tried::Wait)
            }
            Verdict::Stale(stale) if is_due => self.take_over(&stale, claim),
            Verdict::Gone | Verdict::Stale(_) => Ok(Tried::Again),
        }
    }

    /// Step *lock*: true with the kernel lock, and also if kernel locks are unavailable or its holder stands still.
    fn may_try(&mut self) -> Result<bool> {
        let Some(opened) = &mut self.opened else { return Ok(false) };
        let locked = opened.try_lock(&self.path)?;
        if locked.is_none() {
            self.degraded.note(Degraded::NoKernelLock);
        }
        if opened.domain.is_untold {
            self.degraded.note(Degraded::NotLocal);
        }
        Ok(locked.unwrap_or(true) || opened.is_stuck(self.limit.timeout))
    }

    /// Step *publish*. False if the lockfile's name is taken.
    fn publish(&mut self, claim: &Claim) -> Result<bool> {
        while self.way != Way::Create {
            let Some(opened) = &self.opened else { return Ok(false) };
            let published = publish(&opened.dir, &opened.domain, claim, self.way).during("open", &self.lockfile());
            match optional(published)? {
                Some(Published::Yes(file)) => {
                    self.hold(claim.clone(), file);
                    return Ok(true);
                }
                Some(Published::Taken) => return Ok(false),
                Some(Published::Gone) if !self.is_at_path() => {
                    return Err(io::Error::from(ErrorKind::NotFound)).during("link", &self.path);
                }
                Some(Published::Gone) => {}
                Some(Published::Failed) if self.way == Way::Link => self.give_way(Way::Rename),
                Some(Published::Failed) | None => self.give_way(Way::Create),
            }
        }
        let Some(opened) = &self.opened else { return Ok(false) };
        // The claim is marked: others can have judged the lockfile while it was empty.
        let claim = claim.taken();
        let Published::Yes(file) = create_lockfile(&opened.dir, &opened.domain, &claim, &self.lockfile())? else {
            return Ok(false);
        };
        settle();
        self.hold(claim, file);
        let is_ours = self.is_ours()?;
        if !is_ours {
            self.held = None;
        }
        Ok(is_ours)
    }

    fn give_way(&mut self, way: Way) {
        self.way = way;
        self.degraded.note(if way == Way::Rename { Degraded::NoHardLinks } else { Degraded::NoPublishing });
    }

    /// Steps *take over*, *settle* and *confirm*.
    fn take_over(&mut self, stale: &Stale, claim: Claim) -> Result<Tried> {
        let (Some(opened), lockfile) = (&self.opened, self.lockfile()) else { return Ok(Tried::Again) };
        (self.takeovers, self.last_takeover) = (self.takeovers + 1, Some(stale.why));
        let claim = if stale.in_place().is_none() || stale.is_contested() { claim.taken() } else { claim };
        let file = if let Some(file) = stale.in_place() {
            file.overwrite(claim.as_bytes(), 0).during("write", &lockfile)?;
            None
        } else {
            // Another user's lockfile, or one with other names. It is replaced, as the JS module does.
            let name = private_name(claim.nonce());
            let file = prepare_private(&opened.dir, &opened.domain, &claim).during("open", &lockfile)?;
            let renamed = opened.dir.rename(&name, LOCKFILE).during("rename", &lockfile);
            if renamed.is_err() {
                let _ = opened.dir.remove(&name);
            }
            renamed?;
            file
        };
        // Checked again: if this process was suspended before the write, the old claim may have become old enough for others to judge it stale.
        let is_contested = stale.in_place().is_none() || stale.is_contested();
        if is_contested {
            settle();
        }
        self.held = Some(Held { claim, file });
        if !self.is_ours()? {
            self.held = None;
            return Ok(Tried::Again);
        }
        if let (true, Some(also), Some(opened)) = (is_contested, &stale.also, &self.opened) {
            let _ = opened.dir.remove(also);
        }
        let Some(Held { claim, file }) = self.held.take() else { return Ok(Tried::Again) };
        self.fence(&claim, true);
        self.held = Some(Held { claim, file });
        Ok(Tried::Held)
    }

    fn hold(&mut self, claim: Claim, file: Option<File>) {
        self.fence(&claim, false);
        self.held = Some(Held { claim, file });
    }

    /// Step *fence*. A writer that has lost its lock can't rename an old journal over the new one then.
    fn fence(&self, claim: &Claim, is_taken_over: bool) {
        if let Some(opened) = &self.opened {
            clean(
                &opened.dir,
                opened.stat.id,
                claim.nonce(),
                is_taken_over || !opened.is_locked || !opened.domain.is_local,
            );
        }
    }

    fn ended(&self, ended: Ended) -> Error {
        let path = self.lockfile();
        match ended {
            Ended::Elapsed => Error::LockTimeout { held_by: HeldBy::look(&path), path, timeout: self.limit.timeout },
            Ended::Cancelled => Error::Cancelled { path },
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.close();
    }
}

fn is_in(file: &File, claim: &Claim) -> io::Result<bool> {
    let mut text = [0; CLAIM_LEN];
    let read = file.read_at(&mut text, 0)?;
    Ok(claim.is_in(&text[..read]))
}

/// The pid by which the JS module judges: one that it takes for alive. On some systems nobody may ask for pid 1.
fn first_line() -> i32 {
    if !sys::seems_dead(ALWAYS_ALIVE) {
        return ALWAYS_ALIVE;
    }
    let session = sys::session();
    if session > 0 && !sys::seems_dead(session) { session } else { sys::process_id().cast_signed() }
}

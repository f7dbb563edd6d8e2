//! The lock on Unix; the steps are told in [`lock`](super).

mod domain;
mod guard;
mod judge;
mod kept;
mod private;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::mem;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use self::domain::Domain;
use self::guard::{Attempt, Guard};
use self::judge::{Sights, Stale, Verdict};
use self::private::{Private, Published, Way, create_lockfile, write_claim};
use super::claim::{CLAIM_LEN, Claim};
use super::wait::{Ended, Limit, Wait, settle};
use super::{HeldBy, Takeover, directory, lockfile, sweep};
use crate::degraded::{Degraded, Noted, optional};
use crate::error::{Context, Error, Result};
use crate::sys::{self, Access, FileId};

/// The pid on the first line of a native's claim. A process with this pid lives in every PID namespace, and the pid is never used again.
const ALWAYS_ALIVE: u32 = 1;

/// For how long a waiter only looks at the lockfile's name. Then it tries again, because the holder may have died meanwhile.
const GLANCING: Duration = Duration::from_millis(20);

/// The lock, from [`acquire`](Self::acquire) to [`release`](Self::release), unless it is stolen meanwhile, which [`is_ours`](Self::is_ours)
/// tells. Dropping a `Lock` releases the lock.
#[derive(Debug)]
pub(crate) struct Lock {
    journal: PathBuf,
    lockfile: PathBuf,
    limit: Limit,
    guard: Option<Guard>,
    /// The claim that is in the lockfile as long as the lock is this writer's.
    held: Option<Claim>,
    /// Whether the lockfile was published a moment ago, and not looked at since.
    is_fresh: bool,
    way: Way,
    sights: Sights,
    /// What a write that has this lock does without.
    pub degraded: Noted,
    waited: Duration,
    takeovers: u32,
    last_takeover: Option<Takeover>,
}

/// The result of entering.
enum Entered {
    /// The lock is held.
    Held,
    /// This writer's guard is not the one that others see: somebody has removed the directory, or copied it by hard links.
    Unguarded,
}

impl Lock {
    /// Waits for the lock of the journal at `journal`. A missing directory is made.
    pub fn acquire(journal: &Path, limit: &Limit) -> Result<Self> {
        sweep::sweep_sometimes(journal);
        let mut lock = Self {
            journal: journal.to_owned(),
            lockfile: lockfile(journal),
            limit: limit.clone(),
            guard: None,
            held: None,
            is_fresh: false,
            way: Way::Link,
            sights: Sights::new(),
            degraded: Noted::default(),
            waited: Duration::ZERO,
            takeovers: 0,
            last_takeover: None,
        };
        lock.reacquire()?;
        Ok(lock)
    }

    /// Acquires the lockfile again after it was lost. The guard is kept, so that other natives stay out.
    pub fn reacquire(&mut self) -> Result<()> {
        self.held = None;
        let mut wait = Wait::new(&self.limit);
        loop {
            match self.enter(&mut wait) {
                Ok(Entered::Held) => {
                    self.waited += wait.waited();
                    return Ok(());
                }
                Ok(Entered::Unguarded) => {}
                // The directory is missing: nobody has made it, or somebody has removed it. If making it fails, waiting does not help.
                Err(error) if error.is_missing() => {
                    let dir = directory(&self.journal);
                    sys::make_dirs(dir).during("mkdir", dir)?;
                }
                Err(error) => return Err(error),
            }
            self.guard = None;
            self.pause(&mut wait)?;
        }
    }

    /// Step *confirm*: whether this writer's claim is in the lockfile. The lockfile is read by its name. Its inode number would not tell, because
    /// on some file systems that number differs from name to name.
    pub fn is_ours(&self) -> Result<bool> {
        let Some(claim) = &self.held else { return Ok(false) };
        let file = match sys::open(&self.lockfile, Access::Look) {
            Err(error) if sys::is_gone_or_odd(&error) => return Ok(false),
            opened => opened.during("open", &self.lockfile)?,
        };
        let mut text = [0; CLAIM_LEN];
        let read = file.read_at(&mut text, 0).during("read", &self.lockfile)?;
        Ok(claim.is_in(&text[..read]))
    }

    /// Step *look before*. A lockfile that was published a moment ago is not looked at. A write in place does no harm even if this process was
    /// suspended since, and a write that replaces the journal looks once more.
    pub fn look_before(&mut self) -> Result<bool> {
        if mem::take(&mut self.is_fresh) { Ok(true) } else { self.is_ours() }
    }

    /// Step *release*, except for the guard, which goes with the `Lock`. False if the lock was not this writer's any more.
    pub fn release(&mut self) -> Result<bool> {
        if !self.is_ours()? {
            return Ok(false);
        }
        match sys::remove(&self.lockfile) {
            // A thief has come and gone since the check. At the check the lock was this writer's.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            removed => removed.during("unlink", &self.lockfile)?,
        }
        self.held = None;
        Ok(true)
    }

    /// Whether the file system is known to be local, so that its word on a file can be relied on.
    pub fn is_local(&self) -> bool {
        self.guard.as_ref().is_some_and(|guard| guard.domain.is_local())
    }

    /// How long the acquisitions slept, other than to settle.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// How many stale lockfiles were taken over, and why the last one was.
    pub fn takeovers(&self) -> (u32, Option<Takeover>) {
        (self.takeovers, self.last_takeover)
    }

    fn enter(&mut self, wait: &mut Wait) -> Result<Entered> {
        if !self.is_guarded()? {
            self.guard = None;
            match Guard::lock(&self.journal, wait)? {
                Attempt::Locked(guard) => self.guard = Some(guard),
                Attempt::Ended(ended) => return Err(self.ended(ended)),
                Attempt::Unsupported => self.degraded.note(Degraded::NoKernelLock),
            }
        }
        if self.domain() == &Domain::Untold && self.guard.is_some() {
            self.degraded.note(Degraded::UnknownFileSystem);
        }
        let claim = Claim::new(ALWAYS_ALIVE, self.domain().name(), sys::pid_namespace());
        self.take_lockfile(&claim, wait)
    }

    /// The processes that this writer's guard excludes: nobody, without a guard.
    fn domain(&self) -> &Domain {
        self.guard.as_ref().map_or(&Domain::Untold, |guard| &guard.domain)
    }

    /// Whether this writer has the guard, and others find the same one.
    fn is_guarded(&self) -> Result<bool> {
        let Some(guard) = &self.guard else { return Ok(false) };
        optional(guard.is_sound()).map(|sound| sound == Some(true))
    }

    /// Steps *prepare* to *confirm*.
    fn take_lockfile(&mut self, claim: &Claim, wait: &mut Wait) -> Result<Entered> {
        let mut private = None;
        loop {
            if let Some(entered) = self.publish(&mut private, claim)? {
                return Ok(entered);
            }
            let domain = self.guard.as_ref().map_or(&Domain::Untold, |guard| &guard.domain);
            match judge::judge(&self.lockfile, domain, claim, &mut self.sights)? {
                Verdict::Gone => wait.check().map_err(|ended| self.ended(ended))?,
                Verdict::Held => self.await_change(wait)?,
                Verdict::Ours => {
                    self.held = Some(claim.clone());
                    return Ok(Entered::Held);
                }
                // The guard proves nothing of another native if others have locked another guard since.
                Verdict::Stale(..) if self.guard.is_some() && !self.is_guarded()? => return Ok(Entered::Unguarded),
                Verdict::Stale(stale, why) => {
                    self.takeovers += 1;
                    self.last_takeover = Some(why);
                    self.take_over(stale, &mut private, claim)?;
                    if self.is_ours()? {
                        return Ok(Entered::Held);
                    }
                    wait.check().map_err(|ended| self.ended(ended))?;
                }
            }
        }
    }

    /// Steps *prepare* and *publish*. `None` if the lockfile's name is taken.
    fn publish(&mut self, private: &mut Option<Private>, claim: &Claim) -> Result<Option<Entered>> {
        while self.way != Way::Create {
            let prepared = match private.take() {
                Some(prepared) => prepared.prepare_again(claim).map(|()| prepared),
                None => Private::prepare(&self.journal, claim, self.domain(), self.way),
            };
            let Some(mut prepared) = optional(prepared)? else {
                self.give_way(Way::Create);
                break;
            };
            match prepared.publish(&self.lockfile, self.way) {
                Published::Yes => {
                    self.held = Some(claim.clone());
                    self.is_fresh = true;
                    return Ok(Some(Entered::Held));
                }
                Published::Taken => {
                    *private = Some(prepared);
                    return Ok(None);
                }
                // Or natives of another guard have replaced the kept claim.
                Published::Swept if self.guard.is_some() && !self.is_guarded()? => return Ok(Some(Entered::Unguarded)),
                Published::Swept => {}
                Published::Failed if self.way == Way::Link => {
                    self.give_way(Way::Rename);
                    *private = Some(prepared).filter(|prepared| !prepared.is_kept());
                }
                Published::Failed => self.give_way(Way::Create),
            }
        }
        // The claim is marked: others can have judged the lockfile while it was empty.
        let claim = claim.taken();
        if !create_lockfile(&self.lockfile, &claim)? {
            return Ok(None);
        }
        self.held = Some(claim);
        settle();
        Ok(self.is_ours()?.then_some(Entered::Held))
    }

    fn give_way(&mut self, way: Way) {
        self.way = way;
        self.degraded.note(if way == Way::Rename { Degraded::NoHardLinks } else { Degraded::NoPublishing });
    }

    /// Steps *take over* and *settle*.
    fn take_over(&mut self, stale: Stale, private: &mut Option<Private>, claim: &Claim) -> Result<()> {
        match stale {
            Stale::InPlace { file, ours_since } => {
                let claim = if judge::is_contested(ours_since) { claim.taken() } else { claim.clone() };
                write_claim(&file, &claim).during("write", &self.lockfile)?;
                // Asked again: if this process was suspended before the write, the old claim may have become old enough for others to steal.
                let is_contested = judge::is_contested(ours_since);
                self.held = Some(claim);
                if is_contested {
                    settle();
                }
            }
            Stale::ByRename => {
                let private = match private.take().filter(|private| !private.is_kept()) {
                    Some(private) => private,
                    None => Private::prepare_new(&self.journal, claim)?,
                };
                let claim = claim.taken();
                private.prepare_again(&claim)?;
                private.replace(&self.lockfile)?;
                self.held = Some(claim);
                settle();
            }
        }
        Ok(())
    }

    /// Waits until somebody has changed the lockfile, or a while has passed. A look at the lockfile's name costs a tenth of a try.
    fn await_change(&self, wait: &mut Wait) -> Result<()> {
        let (held, begun) = (version(&self.lockfile), wait.waited());
        loop {
            self.pause(wait)?;
            if held.is_none() || wait.waited().saturating_sub(begun) > GLANCING || version(&self.lockfile) != held {
                return Ok(());
            }
        }
    }

    fn pause(&self, wait: &mut Wait) -> Result<()> {
        wait.pause().map_err(|ended| self.ended(ended))
    }

    fn ended(&self, ended: Ended) -> Error {
        let path = self.lockfile.clone();
        match ended {
            Ended::Elapsed => Error::LockTimeout { held_by: HeldBy::look(&path), path, timeout: self.limit.timeout },
            Ended::Cancelled => Error::Cancelled { path },
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The lock is still held here only after an error, and the caller hears of that error. If the lockfile stays, the next native takes it
        // over at once, as that of a dead native.
        let _ = self.release();
    }
}

/// Which file the path names, and when that file was written last; `None` if that can't be told. A file that was made in another's place can
/// have the same version, within one tick of the file system's clock.
fn version(path: &Path) -> Option<(FileId, SystemTime)> {
    let stat = sys::stat(path).ok()?;
    Some((stat.id, stat.modified?))
}

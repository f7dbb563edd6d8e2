//! The lock on Unix; the steps are told in [`lock`](super).

mod domain;
mod guard;
mod judge;
mod private;
mod queue;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::guard::{Attempt, Guard};
use self::judge::{Stale, Verdict};
use self::private::{Private, Published, create_lockfile};
use super::claim::{CLAIM_LEN, Claim};
use super::wait::{Ended, Limit, Wait, settle};
use super::{Degraded, HeldBy, Takeover, lockfile, sweep};
use crate::error::{Context, Error, Result};
use crate::sys::{self, FileId};

/// The first line of a native's claim: a pid that is alive in every PID namespace, and never used again.
const ALWAYS_ALIVE: u32 = 1;

/// For how long a waiter only looks at the lockfile's name before it tries again: for its holder may have died meanwhile.
const GLANCING: Duration = Duration::from_millis(20);

/// The lock, from [`acquire`](Self::acquire) to [`release`](Self::release) unless it is stolen meanwhile, which
/// [`is_ours`](Self::is_ours) tells. Dropping it releases it.
#[derive(Debug)]
pub(crate) struct Lock {
    journal: PathBuf,
    lockfile: PathBuf,
    limit: Limit,
    guard: Option<Guard>,
    held: Option<Held>,
    hard_links: bool,
    degraded: Option<Degraded>,
    waited: Duration,
    takeovers: u32,
    last_takeover: Option<Takeover>,
}

/// The lockfile as we left it.
#[derive(Debug)]
struct Held {
    inode: Inode,
    claim: Claim,
}

/// A file, whatever its names. While it is open its id can't come to mean another one.
#[derive(Debug)]
struct Inode {
    file: File,
    id: FileId,
}

impl Inode {
    fn of(file: File) -> io::Result<Self> {
        let id = sys::stat(&file)?.id;
        Ok(Self { file, id })
    }
}

/// What entering came to.
enum Entered {
    /// The lock is held.
    Held,
    /// The guard that we have is not the one that others see: somebody has removed the directory.
    Unguarded,
}

impl Lock {
    /// Waits for the lock of the journal at `journal`; makes its directory if missing.
    pub fn acquire(journal: &Path, limit: &Limit) -> Result<Self> {
        sweep::sweep_sometimes(journal);
        let mut lock = Self {
            journal: journal.to_owned(),
            lockfile: lockfile(journal),
            limit: limit.clone(),
            guard: None,
            held: None,
            hard_links: true,
            degraded: None,
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
                // The directory is gone. If it can't be made, waiting does not help.
                Err(error) if error.is_missing() => {}
                Err(error) => return Err(error),
            }
            self.guard = None;
            self.pause(&mut wait)?;
        }
    }

    /// Steps *look before* and *confirm*: does the lockfile's name mean our inode, and has it our nonce?
    pub fn is_ours(&self) -> Result<bool> {
        let Some(held) = &self.held else { return Ok(false) };
        if !sys::is_named(&self.lockfile, held.inode.id).during("lstat", &self.lockfile)? {
            return Ok(false);
        }
        let mut claim = [0; CLAIM_LEN];
        let read = sys::read_at(&held.inode.file, &mut claim, 0).during("read", &self.lockfile)?;
        Ok(claim[..read] == *held.claim.as_bytes())
    }

    /// Step *release*, but for the guard, which goes with the `Lock`. False if the lock was not ours any more.
    pub fn release(&mut self) -> Result<bool> {
        if !self.is_ours()? {
            return Ok(false);
        }
        match fs::remove_file(&self.lockfile) {
            // A thief has come and gone since we looked: until then the lock was ours.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            removed => removed.during("unlink", &self.lockfile)?,
        }
        self.held = None;
        Ok(true)
    }

    /// What had to be done without, if anything.
    pub fn degraded(&self) -> Option<Degraded> {
        self.degraded
    }

    /// How long was slept for it, other than to settle.
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
                Attempt::Unsupported => self.degraded = Some(Degraded::NoKernelLock),
            }
        }
        let domain = match &self.guard {
            Some(guard) => guard.domain()?,
            None => domain::UNKNOWN.to_owned(),
        };
        let claim = Claim::new(ALWAYS_ALIVE, &domain, sys::pid_namespace(), &self.lockfile)?;
        self.take_lockfile(&domain, &claim, wait)
    }

    /// Whether we have the guard, and others find the same one.
    fn is_guarded(&self) -> Result<bool> {
        self.guard.as_ref().map_or(Ok(false), Guard::is_named)
    }

    /// Steps *prepare* to *confirm*.
    fn take_lockfile(&mut self, domain: &str, claim: &Claim, wait: &mut Wait) -> Result<Entered> {
        let mut private = None;
        loop {
            if self.publish(&mut private, claim)? {
                return Ok(Entered::Held);
            }
            let ours = private.as_ref().map(Private::id);
            match judge::judge(&self.lockfile, domain, ours)? {
                Verdict::Gone => wait.check().map_err(|ended| self.ended(ended))?,
                Verdict::Held => self.await_change(wait)?,
                Verdict::Ours => {
                    let private = private.take().expect("only a private file can be ours");
                    self.hold(private.into_inode(), claim.clone());
                    return Ok(Entered::Held);
                }
                // "We have the guard, so that native is dead" is wrong if others have locked another guard since.
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

    /// Steps *prepare* and *publish*, or the fallback for both. False if the lockfile's name is taken.
    fn publish(&mut self, private: &mut Option<Private>, claim: &Claim) -> Result<bool> {
        while self.hard_links {
            let prepared = match private.take() {
                Some(prepared) => {
                    prepared.prepare_again(claim)?;
                    prepared
                }
                None => Private::prepare(&self.journal, claim)?,
            };
            match prepared.publish(&self.lockfile)? {
                Published::Yes => {
                    self.hold(prepared.into_inode(), claim.clone());
                    return Ok(true);
                }
                Published::Taken => {
                    *private = Some(prepared);
                    return Ok(false);
                }
                Published::Swept => {}
                Published::Nameless => *private = Some(Private::prepare_named(&self.journal, claim)?),
                Published::Unsupported => {
                    self.hard_links = false;
                    self.degraded.get_or_insert(Degraded::NoHardLinks);
                }
            }
        }
        let Some(inode) = create_lockfile(&self.lockfile, claim)? else { return Ok(false) };
        self.hold(inode, claim.clone());
        settle();
        self.is_ours()
    }

    /// Steps *take over* and *settle*.
    fn take_over(&mut self, stale: Stale, private: &mut Option<Private>, claim: &Claim) -> Result<()> {
        match stale {
            Stale::InPlace { inode, ours_since } => {
                // Without hard links its writer may be alive, seen between creating the lockfile and stamping it.
                let is_contested = || judge::is_contested(ours_since) || !self.hard_links;
                let claim = if is_contested() { claim.taken() } else { claim.clone() };
                inode.file.write_all_at(claim.as_bytes(), 0).during("write", &self.lockfile)?;
                // Asked again: were we suspended before the write, it has grown old enough for others meanwhile.
                let contested = is_contested();
                self.hold(inode, claim);
                if contested {
                    settle();
                }
            }
            Stale::ByRename => {
                let private = match private.take().filter(Private::is_named) {
                    Some(private) => private,
                    None => Private::prepare_named(&self.journal, claim)?,
                };
                let claim = claim.taken();
                private.prepare_again(&claim)?;
                let inode = private.replace(&self.lockfile)?;
                self.hold(inode, claim);
                settle();
            }
        }
        Ok(())
    }

    fn hold(&mut self, inode: Inode, claim: Claim) {
        self.held = Some(Held { inode, claim });
    }

    /// Until somebody has changed the lockfile, or a while has passed: to look at its name costs a tenth of what a try does.
    fn await_change(&self, wait: &mut Wait) -> Result<()> {
        let (held, begun) = (sys::version(&self.lockfile), wait.waited());
        loop {
            self.pause(wait)?;
            if held.is_none() || wait.waited().saturating_sub(begun) > GLANCING || sys::version(&self.lockfile) != held
            {
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
        // Only after an error: it is that one which the caller hears of. A lockfile that stays is a dead native's, which
        // the next native takes over at once.
        let _ = self.release();
    }
}

//! The lock on Windows: one open handle.
//!
//! The lockfile is opened with read, write and delete access, and shared for reads only. While that handle is open nobody can replace, delete
//! or write the lockfile. A JS holder keeps its own handle open for writing, so that the opening fails and the native waits. The handle dies
//! with its process. So no pid is judged, and nobody can take the lock from a holder, even from one that is suspended.
//!
//! One kind of writer has the lock without a handle: a native on Unix whose file system is served from or to Windows, as in WSL. Its claim is
//! waited for until it is 30.5 s old, as `PROTOCOL.md` demands. The claim of a native on Windows says `handle`: without a handle its writer
//! is dead.
//!
//! `LockFileEx` is not used. Its locks are mandatory, and would keep the JS module from reading the lockfile.

#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::claim::{CLAIM_LEN, Claim, Claimant};
use super::holder::MAX_LEN;
use super::wait::{Ended, Limit, Moment, Wait, Watch};
use super::{HeldBy, STALE, Takeover, directory, lockfile, private_name, sweep};
use crate::degraded::Noted;
use crate::error::{Context, Error, Result};
use crate::nonce::nonce;
use crate::sys::{self, Access, File};

/// Natives judge a little later than the JS module does, so that natives never come first.
const STALE_FOR_NATIVES: Duration = STALE.saturating_add(Duration::from_millis(500));

/// The lock, from [`acquire`](Self::acquire) to [`release`](Self::release). Dropping a `Lock` releases the lock.
#[derive(Debug)]
pub(crate) struct Lock {
    journal: PathBuf,
    lockfile: PathBuf,
    limit: Limit,
    waited: Duration,
    /// What a write that has this lock does without.
    pub degraded: Noted,
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    file: File,
    is_local: bool,
}

impl Lock {
    /// Waits for the lock of the journal at `journal`. A missing directory is made.
    pub fn acquire(journal: &Path, limit: &Limit) -> Result<Self> {
        sweep::sweep_sometimes(journal);
        let mut lock = Self {
            journal: journal.to_owned(),
            lockfile: lockfile(journal),
            limit: limit.clone(),
            waited: Duration::ZERO,
            degraded: Noted::default(),
            held: None,
        };
        lock.reacquire()?;
        Ok(lock)
    }

    /// Acquires the lock again after it was released.
    pub fn reacquire(&mut self) -> Result<()> {
        let claim = Claim::of_handle();
        // The lock is held from here on. If the claim can't be written, dropping the lock deletes the lockfile.
        let file = self.open()?;
        let is_local = file.is_local();
        let Held { file, .. } = self.held.insert(Held { file, is_local });
        // The lockfile is cut to its length only after the write, so that one left behind by a dead holder is never seen empty. A lockfile that
        // was just made is empty for an instant. A JS writer that finds it so can't steal it.
        file.overwrite(claim.as_bytes(), 0)
            .and_then(|()| file.set_len(CLAIM_LEN as u64))
            .during("write", &self.lockfile)
    }

    /// Step *look before*.
    pub fn look_before(&self) -> Result<bool> {
        self.is_ours()
    }

    /// Whether this writer has the lock. Nobody can take the lock away while the handle is open.
    #[expect(clippy::unnecessary_wraps, reason = "the lock on Unix has to look")]
    pub fn is_ours(&self) -> Result<bool> {
        Ok(self.held.is_some())
    }

    /// Deletes the very file that was locked, then closes it.
    pub fn release(&mut self) -> Result<bool> {
        let Some(Held { file, .. }) = self.held.take() else { return Ok(false) };
        let unwanted = private_name(&self.journal, &format!("{}-{:016x}", sys::process_id(), nonce()));
        file.delete(&unwanted).during("unlink", &self.lockfile).map(|()| true)
    }

    /// Whether the journal can be recognised by its file id, and what is written can be relied on.
    pub fn is_local(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.is_local)
    }

    /// How long the acquisitions slept.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    #[expect(clippy::unused_self, reason = "a dead holder's lockfile is simply opened")]
    pub fn takeovers(&self) -> (u32, Option<Takeover>) {
        (0, None)
    }

    fn open(&mut self) -> Result<File> {
        let mut wait = Wait::new(&self.limit);
        let (mut claims, mut denials) = (Watch::new(), Watch::new());
        loop {
            let began = (sys::clock(), Moment::now());
            let opened = match self.try_open(began, &mut claims) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let dir = directory(&self.lockfile);
                    sys::make_dirs(dir).during("mkdir", dir)?;
                    self.try_open(began, &mut claims)
                }
                opened => opened,
            };
            let obstacle = match opened {
                Ok(Some(file)) => {
                    self.waited += wait.waited();
                    return Ok(file);
                }
                Ok(None) => None,
                Err(error) => Some(error),
            };
            let denied_for = denials.look(obstacle.as_ref().is_some_and(sys::is_denied), began.1);
            match obstacle {
                Some(error) if is_final(&error, denied_for) => return Err(error).during("open", &self.lockfile),
                obstacle => wait.pause().map_err(|ended| self.ended(ended, obstacle))?,
            }
        }
    }

    /// Opens the lockfile for this writer alone. `None` if a writer without a handle has the lock, or the name is that of something else.
    fn try_open(&self, began: (SystemTime, Moment), claims: &mut Claims) -> io::Result<Option<File>> {
        match sys::open_alone(&self.lockfile, true) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => return opened.map(Some),
        }
        let stat = sys::stat(&self.lockfile)?;
        if !stat.is_file || stat.len > MAX_LEN {
            return Ok(None);
        }
        // The first look is in nobody's way. A handle for this writer alone would keep a holder without a handle from removing the lockfile.
        if !is_free(&sys::open(&self.lockfile, Access::Look)?, began, claims)? {
            return Ok(None);
        }
        let file = sys::open_alone(&self.lockfile, false)?;
        // Somebody may have released the lock, and somebody else may have taken it, since that look.
        Ok(if is_free(&file, began, claims)? { Some(file) } else { None })
    }

    fn ended(&self, ended: Ended, obstacle: Option<io::Error>) -> Error {
        let (path, timeout) = (self.lockfile.clone(), self.limit.timeout);
        match (ended, obstacle) {
            (Ended::Cancelled, _) => Error::Cancelled { path },
            // A holder shows as a sharing violation. Here this process has no right to open the lockfile, or to make one.
            (Ended::Elapsed, Some(source)) if sys::is_denied(&source) => Error::Io { syscall: "open", path, source },
            (Ended::Elapsed, _) => Error::LockTimeout { held_by: HeldBy::look(&path), path, timeout },
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The lock is still held here only after an error, and the caller hears of that error. A lockfile that stays is open to the next writer.
        let _ = self.release();
    }
}

/// The claims of writers without a handle, with their times, as one waiter has seen them.
type Claims = Watch<(Vec<u8>, Option<SystemTime>)>;

/// Whether this lockfile is nobody's who can have the lock without a handle. `began` is when the look began, by both clocks.
fn is_free(lockfile: &File, (now, began): (SystemTime, Moment), claims: &mut Claims) -> io::Result<bool> {
    let stat = lockfile.stat()?;
    let text = sys::read_all(lockfile, stat.len, MAX_LEN)?;
    if !Claimant::has_no_handle(&String::from_utf8_lossy(&text)) {
        return Ok(true);
    }
    let watched = claims.look((text, stat.modified), began);
    // A time in the future tells no age.
    let told = stat.modified.and_then(|written| now.duration_since(written).ok());
    Ok(told.unwrap_or(watched) > STALE_FOR_NATIVES)
}

/// Whether an error will not be over in a moment. Access is denied for a moment while a file is being deleted, and for ever where this user may do
/// nothing. A missing lockfile, or directory, was removed just now.
fn is_final(error: &io::Error, denied_for: Duration) -> bool {
    let patience = sys::patience(error);
    error.kind() != ErrorKind::NotFound && (patience.is_zero() || sys::is_denied(error) && denied_for >= patience)
}

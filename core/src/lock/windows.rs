//! The lock on Windows: one open handle.
//!
//! The lockfile is opened with read, write and delete access, and shared for reads only. While that handle is open nobody can replace, delete
//! or write the lockfile. A JS holder keeps its own handle open for writing, so a native writer can't open the lockfile, and waits. The handle dies
//! with its process. So no pid is judged, and nobody can steal the lock, even from a suspended holder.
//!
//! One kind of writer has the lock without a handle: a native writer on Unix whose file system is served from or to Windows, as in WSL. A writer on
//! Windows waits until such a claim is 30.5 s old, as `PROTOCOL.md` demands. The claim of a native writer on Windows says `handle`: without a handle
//! its writer is dead.
//!
//! `LockFileEx` is not used. Its locks are mandatory, and would keep the JS module from reading the lockfile.

#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::claim::{CLAIM_LEN, Claim, Claimant};
use super::clean::clean;
use super::holder::MAX_LEN;
use super::wait::{Ended, Limit, Moment, Wait, Watch};
use super::{HeldBy, LOCKFILE, STALE, Takeover, private_name};
use crate::degraded::Noted;
use crate::error::{Context, Error, Result};
use crate::sys::{self, Access, Dir, File};

/// Native writers judge a little later than the JS module does, so that they never come first.
const STALE_FOR_NATIVE_WRITERS: Duration = STALE.saturating_add(Duration::from_millis(500));

/// The lock, from [`acquire`](Self::acquire) to [`release`](Self::release). Dropping a `Lock` releases the lock.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    dir: Dir,
    limit: Limit,
    held: Option<Held>,
    /// What was unavailable to a write that has this lock.
    pub degraded: Noted,
    waited: Duration,
    takeovers: u32,
}

#[derive(Debug)]
struct Held {
    claim: Claim,
    file: File,
    is_local: bool,
}

/// What a lockfile says of writers that have no handle on it.
enum Verdict {
    /// One of these writers has the lock.
    Held,
    /// None has it.
    Free,
    /// The one that has it has had it for too long.
    Old,
}

/// The claims of writers without a handle, with their times, as one waiter has seen them.
type Claims = Watch<(Vec<u8>, Option<SystemTime>)>;

impl Lock {
    /// Waits for the lock of the journal in the directory at `path`. A missing directory is made.
    pub fn acquire(path: &Path, limit: &Limit) -> Result<Self> {
        let mut lock = Self {
            path: path.to_owned(),
            dir: Dir::at(path),
            limit: limit.clone(),
            held: None,
            degraded: Noted::default(),
            waited: Duration::ZERO,
            takeovers: 0,
        };
        lock.reacquire()?;
        Ok(lock)
    }

    /// Acquires the lock from the beginning.
    pub fn reacquire(&mut self) -> Result<()> {
        self.close();
        let (file, is_taken_over) = self.open()?;
        self.takeovers += u32::from(is_taken_over);
        // The lock is held from here on. If the claim can't be written, dropping the lock deletes the lockfile.
        let is_local = file.is_local();
        let Held { claim, file, .. } = self.held.insert(Held { claim: Claim::of_handle(), file, is_local });
        // The lockfile is cut to its length only after the write, so that one left behind by a dead holder is never seen empty. A lockfile that
        // was just made is empty for an instant. A JS writer that finds it so can't steal it.
        file.overwrite(claim.as_bytes(), 0)
            .and_then(|()| file.set_len(CLAIM_LEN as u64))
            .during("write", &self.path.join(LOCKFILE))?;
        let id = sys::stat(&self.path).map(|stat| stat.id).unwrap_or_default();
        clean(&self.dir, id, claim.nonce(), is_taken_over || !is_local);
        Ok(())
    }

    /// The journal's directory.
    pub fn dir(&self) -> &Dir {
        &self.dir
    }

    /// A number that no other acquisition has, as text.
    pub fn nonce(&self) -> &str {
        self.held.as_ref().expect("a lock that is held").claim.nonce()
    }

    /// Whether the journal can be recognised by its file id, and what is written can be relied on.
    pub fn is_local(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.is_local)
    }

    /// Whether this writer has the lock. Nobody can take the lock away while the handle is open.
    #[expect(clippy::unnecessary_wraps, reason = "the lock on Unix has to look")]
    pub fn is_ours(&self) -> Result<bool> {
        Ok(self.held.is_some())
    }

    /// Whether the path still names the directory. While the lockfile is open nobody can move or remove the directory.
    #[expect(clippy::unused_self, reason = "the lock on Unix has to look")]
    pub fn is_at_path(&self) -> bool {
        true
    }

    /// Deletes the very file that was locked, then closes it.
    pub fn release(&mut self) -> Result<bool> {
        let Some(Held { claim, file, .. }) = self.held.take() else { return Ok(false) };
        let deleted = self.dir.delete(file, &private_name(claim.nonce()));
        deleted.during("unlink", &self.path.join(LOCKFILE)).map(|()| true)
    }

    /// How long the acquisitions slept.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// How many lockfiles of writers without a handle were taken over. A dead writer's on Windows is simply opened.
    pub fn takeovers(&self) -> (u32, Option<Takeover>) {
        (self.takeovers, (self.takeovers > 0).then_some(Takeover::Old))
    }

    /// Gives up a lock that was held before.
    fn close(&mut self) {
        // If this fails, the caller's next step fails. A lockfile that stays is free to the next writer.
        let _ = self.release();
    }

    /// Opens the lockfile for this writer alone. Also returns whether it was taken over.
    fn open(&mut self) -> Result<(File, bool)> {
        let mut wait = Wait::new(&self.limit);
        let (mut claims, mut denials) = (Watch::new(), Watch::new());
        loop {
            let began = (sys::clock(), Moment::now());
            let opened = match self.try_open(began, &mut claims) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    sys::make_dirs(&self.path).during("mkdir", &self.path)?;
                    self.try_open(began, &mut claims)
                }
                opened => opened,
            };
            let obstacle = match opened {
                Ok(Some(opened)) => {
                    self.waited += wait.waited();
                    return Ok(opened);
                }
                Ok(None) => None,
                Err(error) => Some(error),
            };
            let denied_for = denials.look(obstacle.as_ref().is_some_and(sys::is_denied), began.1);
            match obstacle {
                Some(error) if is_final(&error, denied_for) => {
                    return Err(error).during("open", &self.path.join(LOCKFILE));
                }
                obstacle => wait.pause().map_err(|ended| self.ended(ended, obstacle))?,
            }
        }
    }

    /// One try. `None` if a writer without a handle has the lock, or the name is that of something else.
    fn try_open(&self, began: (SystemTime, Moment), claims: &mut Claims) -> io::Result<Option<(File, bool)>> {
        match self.dir.open_alone(LOCKFILE, true) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| Some((file, false))),
        }
        let stat = self.dir.stat_file(LOCKFILE)?;
        if !stat.is_file || stat.len > MAX_LEN {
            return Ok(None);
        }
        // The first look is in nobody's way. A handle for this writer alone would keep a holder without a handle from removing the lockfile.
        if let Verdict::Held = judge(&self.dir.open_file(LOCKFILE, Access::Look)?, began, claims)? {
            return Ok(None);
        }
        let file = self.dir.open_alone(LOCKFILE, false)?;
        // Somebody may have released the lock, and somebody else may have taken it, since that look.
        Ok(match judge(&file, began, claims)? {
            Verdict::Held => None,
            Verdict::Free => Some((file, false)),
            Verdict::Old => Some((file, true)),
        })
    }

    fn ended(&self, ended: Ended, obstacle: Option<io::Error>) -> Error {
        let (path, timeout) = (self.path.join(LOCKFILE), self.limit.timeout);
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
        self.close();
    }
}

/// Judges a lockfile. `began` is when the look began, by both clocks.
fn judge(lockfile: &File, (now, began): (SystemTime, Moment), claims: &mut Claims) -> io::Result<Verdict> {
    let stat = lockfile.stat()?;
    let text = sys::read_all(lockfile, stat.len, MAX_LEN)?;
    if !Claimant::has_no_handle(&String::from_utf8_lossy(&text)) {
        return Ok(Verdict::Free);
    }
    let watched = claims.look((text, stat.modified), began);
    // A time in the future shows no age.
    let age = stat.modified.and_then(|written| now.duration_since(written).ok());
    Ok(if age.unwrap_or(watched) > STALE_FOR_NATIVE_WRITERS { Verdict::Old } else { Verdict::Held })
}

/// Whether an error will last. Access is denied for a moment while a file is being deleted, and permanently where this user may do
/// nothing. A missing lockfile, or directory, was removed just now.
fn is_final(error: &io::Error, denied_for: Duration) -> bool {
    let patience = sys::patience(error);
    error.kind() != ErrorKind::NotFound && (patience.is_zero() || sys::is_denied(error) && denied_for >= patience)
}

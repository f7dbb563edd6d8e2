//! The lock on Unix. [`lock`](super) describes the steps.

mod acquire;
mod judge;
mod opened;
mod publish;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use self::opened::Opened;
use super::LOCKFILE;
use super::claim::{CLAIM_LEN, Claim};
use super::wait::Limit;
use crate::error::{Context, Result};
use crate::receipt::Noted;
use crate::sys::{self, Access, Dir, File};

/// The lock, until it is released or dropped, or until somebody steals it: [`is_ours`](Self::is_ours) looks.
#[derive(Debug)]
pub(crate) struct Lock<'a> {
    path: PathBuf,
    opened: Opened,
    claim: Claim,
    /// The lockfile's descriptor, if that may stay open.
    file: Option<File>,
    is_released: bool,
    /// What the write has had to do so far.
    pub noted: &'a Noted,
}

impl<'a> Lock<'a> {
    /// Waits for the lock of the journal in the directory at `path`. Creates the directory if it is missing.
    pub fn acquire(path: &Path, limit: &Limit, noted: &'a Noted) -> Result<Self> {
        acquire::acquire(path, limit, noted)
    }

    /// The journal's directory.
    pub fn dir(&self) -> &Dir {
        &self.opened.dir
    }

    /// A number that no other acquisition has, as text.
    pub fn nonce(&self) -> &str {
        self.claim.nonce()
    }

    /// Whether the file system is known to be local, so that what it says of a file is reliable.
    pub fn is_local(&self) -> bool {
        self.opened.is_local()
    }

    /// Whether the path still names the directory that was opened.
    pub fn is_at_path(&self) -> bool {
        self.opened.is_at(&self.path)
    }

    /// Step *confirm*: whether this writer's claim is in the lockfile.
    pub fn is_ours(&self) -> Result<bool> {
        is_ours(&self.opened.dir, &self.claim, self.file.as_ref()).during("open", &self.path.join(LOCKFILE))
    }

    /// Step *release*. False if the lock was not this writer's any more.
    pub fn release(mut self) -> Result<bool> {
        let is_ours = self.is_ours()?;
        if is_ours {
            match self.opened.dir.remove(LOCKFILE) {
                // Somebody has stolen the lock and released it since the check. At the check the lock was this writer's.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                removed => removed.during("unlink", &self.path.join(LOCKFILE))?,
            }
        }
        self.is_released = true;
        Ok(is_ours)
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        if !self.is_released && self.is_ours().unwrap_or(false) {
            // If this fails, the caller has an error already. To others, a lockfile that stays is a dead writer's.
            let _ = self.opened.dir.remove(LOCKFILE);
        }
    }
}

/// Whether the claim is in the lockfile. The file is recognised by its inode number if that is possible. Otherwise it is read by its name.
fn is_ours(dir: &Dir, claim: &Claim, file: Option<&File>) -> io::Result<bool> {
    let is_in = |file: &File| {
        let mut text = [0; CLAIM_LEN];
        let read = file.read_at(&mut text, 0)?;
        Ok(claim.is_in(&text[..read]))
    };
    let by_number = file.and_then(|file| {
        let (own, named) = (file.stat().ok()?, dir.stat_file(LOCKFILE).ok()?);
        if named.id == own.id { is_in(file).ok() } else { Some(false) }
    });
    match by_number.map_or_else(|| is_in(&dir.open_file(LOCKFILE, Access::Look)?), Ok) {
        Err(error) if sys::is_gone_or_odd(&error) => Ok(false),
        is_ours => is_ours,
    }
}

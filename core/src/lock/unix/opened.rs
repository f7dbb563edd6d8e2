//! Steps *open* and *lock*: the journal's directory, opened for one acquisition, and the kernel lock on it.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use super::judge::Sights;
use super::publish::reusable;
use crate::degraded::optional;
use crate::error::{Context, Result};
use crate::lock::wait::Watch;
use crate::sys::{self, Dir, FileId, Stat};

/// How long a writer waits for the kernel lock while its holder does nothing. Then it goes on without that lock. Half of the timeout, if that is
/// less.
const STUCK: Duration = Duration::from_secs(1);

/// The journal's directory, opened for one acquisition.
#[derive(Debug)]
pub struct Opened {
    pub dir: Dir,
    pub stat: Stat,
    pub is_locked: bool,
    /// The boot, if the file system is known to be this kernel's own.
    pub boot: Option<&'static str>,
    /// Whether the system does not say what the file system is, or which boot this is.
    pub is_unknown: bool,
    pub sights: Sights,
    /// Watches the holder of the kernel lock. One that runs, and waits for the lockfile, writes the reusable lockfile at each try.
    stuck: Watch<Option<(FileId, Option<SystemTime>)>>,
}

impl Opened {
    /// Opens the directory. Creates it if it is missing.
    pub fn open(path: &Path) -> Result<Self> {
        let dir = match Dir::open(path) {
            // If there is a file in its place, creating the directory gives the error to report.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                sys::make_dirs(path).during("mkdir", path)?;
                Dir::open(path)
            }
            opened => opened,
        };
        let dir = dir.during("open", path)?;
        let stat = dir.stat().during("fstat", path)?;
        // Without a boot id nobody could distinguish this boot's claims from another's.
        let is_local = dir.is_local();
        let boot = sys::boot_id().filter(|_| matches!(is_local, Ok(true)));
        let is_unknown = boot.is_none() && !matches!(is_local, Ok(false));
        Ok(Self { dir, stat, is_locked: false, boot, is_unknown, sights: Sights::new(), stuck: Watch::new() })
    }

    /// Whether the file system is known to be this kernel's own. Then what it says of a file is reliable: the inode number, and the time, which is by
    /// this machine's clock.
    pub fn is_local(&self) -> bool {
        self.boot.is_some()
    }

    /// Whether the path still names this directory. Inode numbers can differ if the file system is not local. Then the path only has to exist.
    pub fn is_at(&self, path: &Path) -> bool {
        sys::stat(path).is_ok_and(|stat| !self.is_local() || stat.id == self.stat.id)
    }

    /// The domain: the writers that the kernel lock surely excludes from each other. `None` without the kernel lock, and if the file system is not
    /// local.
    pub fn domain(&self) -> Option<String> {
        self.boot.filter(|_| self.is_locked).map(|boot| self.domain_of(boot))
    }

    fn domain_of(&self, boot: &str) -> String {
        format!("{boot}:{:x}:{:x}", self.stat.id.0, self.stat.id.1)
    }

    /// Tries to take the kernel lock. `None` if kernel locks are unavailable here.
    pub fn try_lock(&mut self, path: &Path) -> Result<Option<bool>> {
        if !self.is_locked {
            let Some(is_locked) = optional(self.dir.try_lock().during("flock", path))? else { return Ok(None) };
            self.is_locked = is_locked;
            if is_locked {
                with_stuck(|stuck| *stuck = stuck.filter(|&stuck| stuck != self.stat.id));
            }
        }
        Ok(Some(self.is_locked))
    }

    /// Whether the holder of the kernel lock stands still. If so, this writer goes on without that lock. So do later writes of this process, until
    /// one of them gets the lock.
    pub fn is_stuck(&mut self, timeout: Duration) -> bool {
        let id = self.stat.id;
        if with_stuck(|stuck| *stuck == Some(id)) {
            return true;
        }
        let began = sys::instant();
        let name = self.boot.and_then(|boot| reusable(&self.domain_of(boot)));
        let file = name.and_then(|name| self.dir.stat_file(&name).ok());
        let unchanged = self.stuck.look(file.map(|stat| (stat.id, stat.modified)), began);
        let is_stuck = unchanged >= STUCK.min(timeout / 2);
        if is_stuck {
            with_stuck(|stuck| *stuck = Some(id));
        }
        is_stuck
    }

    pub fn unlock(&mut self) {
        if std::mem::take(&mut self.is_locked) {
            // If a forked child shares the open file description, closing this descriptor does not unlock the directory. If not, closing unlocks it,
            // so an error here does not matter.
            let _ = self.dir.unlock();
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.unlock();
    }
}

/// Uses the note of which directory's kernel lock has a holder that stands still.
fn with_stuck<T>(act: impl FnOnce(&mut Option<FileId>) -> T) -> T {
    act(&mut sys::memory().stuck.lock().unwrap_or_else(PoisonError::into_inner))
}

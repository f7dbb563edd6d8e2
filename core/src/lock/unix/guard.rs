//! Step *guard*: the kernel lock that excludes natives from each other, and is gone when its holder is gone.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::domain::Domain;
use crate::degraded::optional;
use crate::error::{Context, Error, Result};
use crate::lock::wait::{Ended, Wait};
use crate::lock::{directory, with_suffix};
use crate::sys::{self, Access, File, FileId};

/// The guard file. A guard that [`Guard::lock`] returns is locked.
#[derive(Debug)]
pub struct Guard {
    path: PathBuf,
    file: File,
    id: FileId,
    /// The processes that this guard excludes.
    pub domain: Domain,
    /// Whether the guard had another name when it was opened.
    is_shared: bool,
}

/// The result of trying to lock the guard.
pub enum Attempt {
    /// This writer has the guard.
    Locked(Guard),
    /// The wait has ended in vain.
    Ended(Ended),
    /// The guard can't be had, or excludes others than the writers of this journal.
    Unsupported,
}

/// What a look at the guard's path tells.
#[derive(PartialEq, Eq)]
enum Standing {
    /// The path names this guard, and the guard is that of no other journal.
    Sound,
    /// Somebody has removed the whole directory. Others lock another file of this name.
    Replaced,
    /// The guard has another name: the project was copied by hard links, and the copy has the same guard.
    Shared,
}

impl Guard {
    /// Locks the guard. If there can be none, that is no failure: natives then exclude each other by the lockfile.
    pub fn lock(journal: &Path, wait: &mut Wait) -> Result<Attempt> {
        optional(Self::try_to_lock(journal, wait)).map(|attempt| attempt.unwrap_or(Attempt::Unsupported))
    }

    fn try_to_lock(journal: &Path, wait: &mut Wait) -> Result<Attempt> {
        let path = with_suffix(journal, ".guard");
        let mut guard = Self::open(&path)?;
        // Checked before the first try, so that no writer waits for the writers of another project.
        if guard.is_shared {
            return Ok(Attempt::Unsupported);
        }
        loop {
            if guard.try_lock().during("flock", &path)? && guard.is_sound()? {
                return Ok(Attempt::Locked(guard));
            }
            if let Err(ended) = wait.pause() {
                return Ok(Attempt::Ended(ended));
            }
            match guard.look()? {
                Standing::Shared => return Ok(Attempt::Unsupported),
                Standing::Replaced => guard = Self::open(&path)?,
                Standing::Sound => {}
            }
        }
    }

    fn try_lock(&self) -> io::Result<bool> {
        self.file.try_lock()
    }

    /// Opens the guard, without locking it.
    fn open(path: &Path) -> Result<Self> {
        let file = open(path)?;
        let stat = file.stat().during("fstat", path)?;
        if !stat.is_file {
            return Err(Error::NotAFile { path: path.to_owned() });
        }
        let domain = Domain::of(&file, stat.device, path)?;
        let (path, id) = (path.to_owned(), stat.id);
        let is_shared = stat.has_other_names();
        Ok(Self { path, file, id, domain, is_shared })
    }

    /// Whether the writers of this journal find this guard too, and nobody else does. If not, the guard proves nothing of them.
    pub fn is_sound(&self) -> Result<bool> {
        self.look().map(|standing| standing == Standing::Sound)
    }

    fn look(&self) -> Result<Standing> {
        let stat = match sys::stat(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Standing::Replaced),
            stat => stat.during("lstat", &self.path)?,
        };
        Ok(if stat.has_other_names() {
            Standing::Shared
        // On other file systems the number of an inode can differ from look to look.
        } else if self.domain.is_local() && stat.id != self.id {
            Standing::Replaced
        } else {
            Standing::Sound
        })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A forked child may share the description, and then closing this descriptor would not unlock the guard. Otherwise closing unlocks it, so
        // that an error here changes nothing.
        let _ = self.file.unlock();
    }
}

/// Opens the guard. A missing guard is made, and so is its directory. The right to read is enough to lock another user's guard.
fn open(path: &Path) -> Result<File> {
    let opened = match sys::open(path, Access::Write) {
        // First without O_CREAT, which a sticky directory refuses for another user's file.
        Err(error) if is_without_directory(&error) => match sys::open(path, Access::Guard) {
            Err(error) if is_without_directory(&error) => {
                let dir = directory(path);
                sys::make_dirs(dir).during("mkdir", dir)?;
                sys::open(path, Access::Guard)
            }
            opened => opened,
        },
        Err(error) if error.kind() == ErrorKind::PermissionDenied => sys::open(path, Access::Look),
        opened => opened,
    };
    opened.during("open", path)
}

/// Whether the file or its directory is missing. If a file stands in the directory's place, making the directory gives the error to report.
fn is_without_directory(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

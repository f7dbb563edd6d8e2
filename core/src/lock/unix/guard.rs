//! Step *guard*: the kernel lock that excludes natives from each other, and is gone when its holder is gone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::domain::Domain;
use crate::degraded::optional;
use crate::error::{Context, Error, Result};
use crate::lock::wait::{Ended, Wait};
use crate::lock::{directory, with_suffix};
use crate::sys::{self, FileId};

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
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::Error(error)) if error.kind() != ErrorKind::Interrupted => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Opens the guard, without locking it.
    fn open(path: &Path) -> Result<Self> {
        let file = open(path)?;
        let metadata = file.metadata().during("fstat", path)?;
        if !metadata.is_file() {
            return Err(Error::NotAFile { path: path.to_owned() });
        }
        let domain = Domain::of(&file, metadata.dev(), path)?;
        let (path, id) = (path.to_owned(), sys::id(&metadata));
        let is_shared = sys::has_other_names(&metadata);
        Ok(Self { path, file, id, domain, is_shared })
    }

    /// Whether the writers of this journal find this guard too, and nobody else does. If not, the guard proves nothing of them.
    pub fn is_sound(&self) -> Result<bool> {
        self.look().map(|standing| standing == Standing::Sound)
    }

    fn look(&self) -> Result<Standing> {
        let metadata = match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Standing::Replaced),
            metadata => metadata.during("lstat", &self.path)?,
        };
        Ok(if sys::has_other_names(&metadata) {
            Standing::Shared
        // On other file systems the number of an inode can differ from look to look.
        } else if self.domain.is_local() && sys::id(&metadata) != self.id {
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
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(sys::UNTRUSTED);
    let opened = match options.clone().write(true).open(path) {
        // First without O_CREAT, which a sticky directory refuses for another user's file.
        Err(error) if is_without_directory(&error) => {
            let mut create = options.clone();
            create.write(true).create(true);
            match create.open(path) {
                Err(error) if is_without_directory(&error) => {
                    let dir = directory(path);
                    fs::create_dir_all(dir).during("mkdir", dir)?;
                    create.open(path)
                }
                opened => opened,
            }
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => options.open(path),
        opened => opened,
    };
    opened.during("open", path)
}

/// Whether the file or its directory is missing. If a file stands in the directory's place, making the directory gives the error to report.
fn is_without_directory(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

//! Step *guard*: the kernel lock that excludes natives from each other, and is gone when its holder is.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::domain::Domain;
use super::queue::Queued;
use crate::degraded::optional;
use crate::error::{Context, Error, Result};
use crate::lock::wait::{Ended, Wait};
use crate::lock::{directory, with_suffix};
use crate::sys::{self, FileId};

/// The guard file; locked, once it is out of [`Guard::lock`].
#[derive(Debug)]
pub struct Guard {
    path: PathBuf,
    file: Arc<File>,
    id: FileId,
    /// Those for whom it excludes.
    pub domain: Domain,
    /// Whether it had another name when it was opened.
    is_shared: bool,
    queued: Option<Queued>,
}

/// What trying to lock it came to.
pub enum Attempt {
    /// It is ours.
    Locked(Guard),
    /// The wait has ended in vain.
    Ended(Ended),
    /// It can't be had, or it excludes others than the writers of this journal.
    Unsupported,
}

/// What its path has to say of a guard.
#[derive(PartialEq, Eq)]
enum Standing {
    /// It is the guard of this journal and of no other.
    Sound,
    /// Somebody has removed the whole directory: others lock another file of this name.
    Replaced,
    /// It has another name: the project was copied by hard links, and the copy has the same guard.
    Shared,
}

impl Guard {
    /// Locks the guard, whose lack is no failure: then natives exclude each other by the lockfile.
    pub fn lock(journal: &Path, wait: &mut Wait) -> Result<Attempt> {
        optional(Self::try_to_lock(journal, wait)).map(|attempt| attempt.unwrap_or(Attempt::Unsupported))
    }

    fn try_to_lock(journal: &Path, wait: &mut Wait) -> Result<Attempt> {
        let path = with_suffix(journal, ".guard");
        let mut guard = Self::open(&path)?;
        // Known before the first try: who shares a guard does not wait for the writers of another project.
        if guard.is_shared {
            return Ok(Attempt::Unsupported);
        }
        loop {
            if guard.try_lock().during("flock", &path)? && guard.is_sound()? {
                return Ok(Attempt::Locked(guard));
            }
            let paused = if guard.queued.is_some() { wait.rest() } else { wait.pause() };
            if let Err(ended) = paused {
                return Ok(Attempt::Ended(ended));
            }
            match guard.look()? {
                Standing::Shared => return Ok(Attempt::Unsupported),
                Standing::Replaced => guard = Self::open(&path)?,
                // Not on FUSE, say: a lock that is waited for there can keep the server from hearing of its release.
                Standing::Sound if guard.queued.is_none() && wait.is_long() && guard.domain.is_local() => {
                    guard.queued = Queued::join(&guard.file);
                }
                Standing::Sound => {}
            }
        }
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        if let Some(queued) = &self.queued {
            let over = queued.is_over();
            if !matches!(over, Ok(false)) {
                self.queued = None;
            }
            return over;
        }
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::Error(error)) if error.kind() != ErrorKind::Interrupted => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Not locked yet.
    fn open(path: &Path) -> Result<Self> {
        let file = open(path)?;
        let metadata = file.metadata().during("fstat", path)?;
        if !metadata.is_file() {
            return Err(Error::NotAFile { path: path.to_owned() });
        }
        let domain = Domain::of(&file, metadata.dev(), path)?;
        let (path, file, id) = (path.to_owned(), Arc::new(file), sys::id(&metadata));
        let is_shared = sys::has_other_names(&metadata);
        Ok(Self { path, file, id, domain, is_shared, queued: None })
    }

    /// Whether others find it too, and only the writers of this journal. Else it proves nothing of them.
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
        // Elsewhere the number of an inode can differ from look to look.
        } else if self.domain.is_local() && sys::id(&metadata) != self.id {
            Standing::Replaced
        } else {
            Standing::Sound
        })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.queued = None; // first: its turn may just have come
        // Explicitly, for a forked child may share the description, and then closing ours would not unlock it. Closing
        // does it everywhere else, so an error changes nothing.
        let _ = self.file.unlock();
    }
}

/// Opens the guard; makes it, and its directory, if missing. Reading is enough to lock it, should it be another user's.
fn open(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(sys::UNTRUSTED);
    let opened = match options.clone().write(true).open(path) {
        // Without O_CREAT first: in a sticky directory that is refused for a file of another user's.
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

/// The file or its directory is missing; for a file in the directory's place, making it gives the error to report.
fn is_without_directory(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

//! Step *guard*: the kernel lock that excludes natives from each other, and is gone when its holder is.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::domain;
use super::queue::Queued;
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
    queued: Option<Queued>,
}

/// What trying to lock it came to.
pub enum Attempt {
    /// It is ours.
    Locked(Guard),
    /// The wait has ended in vain.
    Ended(Ended),
    /// Kernel locks don't work here.
    Unsupported,
}

impl Guard {
    pub fn lock(journal: &Path, wait: &mut Wait) -> Result<Attempt> {
        let path = with_suffix(journal, ".guard");
        let mut guard = Self::open(&path)?;
        loop {
            match guard.try_lock() {
                Ok(true) if guard.is_named()? => return Ok(Attempt::Locked(guard)),
                Err(error) if is_unsupported(&error) => return Ok(Attempt::Unsupported),
                locked => drop(locked.during("flock", &path)?),
            }
            let paused = if guard.queued.is_some() { wait.rest() } else { wait.pause() };
            if let Err(ended) = paused {
                return Ok(Attempt::Ended(ended));
            }
            if !guard.is_named()? {
                guard = Self::open(&path)?;
            } else if guard.queued.is_none() && wait.is_long() && guard.domain()? != domain::UNKNOWN {
                // Not on FUSE, say: a lock that is waited for there can keep the server from hearing of its release.
                guard.queued = Queued::join(&guard.file);
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
        Ok(Self { path: path.to_owned(), file: Arc::new(file), id: sys::id(&metadata), queued: None })
    }

    /// Whether its path still means it. If somebody has removed the whole directory, others lock another file of this name.
    pub fn is_named(&self) -> Result<bool> {
        sys::is_named(&self.path, self.id).during("lstat", &self.path)
    }

    /// Those for whom it excludes.
    pub fn domain(&self) -> Result<String> {
        let (device, _) = self.id;
        domain::of(&self.file, device, &self.path)
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

fn is_unsupported(error: &io::Error) -> bool {
    // EBADF: NFS locks only what is open for writing, which another user's guard can't be.
    let unsupported = [libc::EBADF, libc::ENOLCK, libc::ENOSYS, libc::ENOTSUP, libc::EOPNOTSUPP];
    error.raw_os_error().is_some_and(|errno| unsupported.contains(&errno))
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

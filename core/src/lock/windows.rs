//! The lock on Windows: one open handle.
//!
//! The lockfile is opened with read, write and delete access, and shared for reads only. While that handle is open nobody can replace, delete
//! or write the lockfile. A JS holder keeps its own handle open for writing, so that the opening fails and the native waits. The handle dies
//! with its process. So no pid, no age and no namespace is judged, and nobody can rob a holder.
//!
//! `LockFileEx` is not used. Its locks are mandatory, and would keep the JS module from reading the lockfile.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::AsRawHandle;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, GENERIC_READ, GENERIC_WRITE};
use windows_sys::Win32::Storage::FileSystem::{
    DELETE, FILE_DISPOSITION_FLAG_DELETE, FILE_DISPOSITION_FLAG_POSIX_SEMANTICS, FILE_DISPOSITION_INFO,
    FILE_DISPOSITION_INFO_EX, FILE_FLAG_OPEN_REPARSE_POINT, FILE_INFO_BY_HANDLE_CLASS, FILE_SHARE_READ,
    FileDispositionInfo, FileDispositionInfoEx, SetFileInformationByHandle,
};

use super::claim::{CLAIM_LEN, Claim};
use super::holder::MAX_LEN;
use super::wait::{Ended, Limit, Wait};
use super::{HeldBy, Takeover, directory, lockfile, sweep};
use crate::degraded::Noted;
use crate::error::{Context, Error, Result};
use crate::sys;

/// The lock, from [`acquire`](Self::acquire) to [`release`](Self::release). Dropping a `Lock` releases the lock.
#[derive(Debug)]
pub(crate) struct Lock {
    lockfile: PathBuf,
    limit: Limit,
    waited: Duration,
    /// What a write that has this lock does without.
    pub degraded: Noted,
    file: Option<File>,
}

impl Lock {
    /// Waits for the lock of the journal at `journal`. A missing directory is made.
    pub fn acquire(journal: &Path, limit: &Limit) -> Result<Self> {
        sweep::sweep_sometimes(journal);
        let mut lock = Self {
            lockfile: lockfile(journal),
            limit: limit.clone(),
            waited: Duration::ZERO,
            degraded: Noted::default(),
            file: None,
        };
        lock.reacquire()?;
        Ok(lock)
    }

    /// Acquires the lock again after it was released.
    pub fn reacquire(&mut self) -> Result<()> {
        let claim = Claim::new(process::id(), "-", 0);
        // The lock is held from here on. If the claim can't be written, dropping the lock deletes the lockfile.
        let file = self.open()?;
        let file = self.file.insert(file);
        // The lockfile is cut to its length only after the write, so that one left behind by a dead holder is never seen empty. A lockfile that
        // was just made is empty for an instant, and a JS writer then tries in vain to steal it.
        file.write_all(claim.as_bytes()).and_then(|()| file.set_len(CLAIM_LEN as u64)).during("write", &self.lockfile)
    }

    /// Step *look before*.
    pub fn look_before(&self) -> Result<bool> {
        self.is_ours()
    }

    /// Whether this writer has the lock. Nobody can take the lock away while the handle is open.
    #[expect(clippy::unnecessary_wraps, reason = "the lock on Unix has to look")]
    pub fn is_ours(&self) -> Result<bool> {
        Ok(self.file.is_some())
    }

    /// Deletes the very file that was locked, then closes it.
    pub fn release(&mut self) -> Result<bool> {
        let Some(file) = self.file.take() else { return Ok(false) };
        delete(&file).during("unlink", &self.lockfile).map(|()| true)
    }

    /// Always true: what Windows tells of an open file can be relied on.
    #[expect(clippy::unused_self, reason = "on Unix it depends on the guard")]
    pub fn is_local(&self) -> bool {
        true
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
        loop {
            let opened = match try_open(&self.lockfile) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let dir = directory(&self.lockfile);
                    fs::create_dir_all(dir).during("mkdir", dir)?;
                    try_open(&self.lockfile)
                }
                opened => opened,
            };
            let obstacle = match opened {
                Ok(file) if is_lockfile(&file).during("fstat", &self.lockfile)? => {
                    self.waited += wait.waited();
                    return Ok(file);
                }
                // The name is that of a link, or of some other file.
                Ok(_) => None,
                // Somebody has removed the directory again.
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) if sys::is_momentary(&error) => Some(error),
                Err(error) => return Err(error).during("open", &self.lockfile),
            };
            wait.pause().map_err(|ended| self.ended(ended, obstacle))?;
        }
    }

    fn ended(&self, ended: Ended, obstacle: Option<io::Error>) -> Error {
        let (path, timeout) = (self.lockfile.clone(), self.limit.timeout);
        if matches!(ended, Ended::Cancelled) {
            return Error::Cancelled { path };
        }
        match (HeldBy::look(&path), obstacle) {
            // A holder shows as a sharing violation. Here this process has no right to open the lockfile, or to make one.
            (held_by, Some(source)) if held_by != HeldBy::NotALockfile && is_denied(&source) => {
                Error::Io { syscall: "open", path, source }
            }
            (held_by, _) => Error::LockTimeout { path, timeout, held_by },
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The lock is still held here only after an error, and the caller hears of that error. A lockfile that stays is open to the next writer.
        let _ = self.release();
    }
}

fn try_open(lockfile: &Path) -> io::Result<File> {
    OpenOptions::new()
        .access_mode(GENERIC_READ | GENERIC_WRITE | DELETE)
        .share_mode(FILE_SHARE_READ)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
        .write(true)
        .create(true)
        .truncate(false)
        .open(lockfile)
}

/// Whether the file is a lockfile. Anything else at that name is left alone.
fn is_lockfile(file: &File) -> io::Result<bool> {
    sys::stat(file).map(|stat| stat.is_file && stat.len <= MAX_LEN)
}

fn is_denied(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_ACCESS_DENIED.cast_signed())
}

/// Deletes by the handle. With POSIX semantics the name is gone when this handle is closed. On file systems without these semantics the name
/// is gone when everybody who is just reading the lockfile has closed it too.
fn delete(file: &File) -> io::Result<()> {
    let posix =
        FILE_DISPOSITION_INFO_EX { Flags: FILE_DISPOSITION_FLAG_DELETE | FILE_DISPOSITION_FLAG_POSIX_SEMANTICS };
    let plain = FILE_DISPOSITION_INFO { DeleteFile: true };
    set(file, FileDispositionInfoEx, &posix).or_else(|_| set(file, FileDispositionInfo, &plain))
}

/// `info` must be of the type that belongs to `class`.
fn set<T>(file: &File, class: FILE_INFO_BY_HANDLE_CLASS, info: &T) -> io::Result<()> {
    #[expect(clippy::cast_possible_truncation, reason = "a few bytes")]
    let size = size_of::<T>() as u32;
    // SAFETY: the handle is open as long as `file` is borrowed, and the call reads `size` bytes from `info`, which is as large.
    let done = unsafe { SetFileInformationByHandle(file.as_raw_handle(), class, (&raw const *info).cast(), size) };
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

//! The lock on Windows: one open handle.
//!
//! The lockfile is opened with read, write and delete access, sharing reads only. While that handle is open nobody can
//! replace, delete or write the lockfile; a JS holder keeps its own handle open for writing, so the opening fails and we
//! wait. The handle dies with its process. So no pid, no age and no namespace is judged, and nobody can rob a holder.
//!
//! No `LockFileEx`: it is mandatory here and would keep the JS module from reading the lockfile.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::AsRawHandle;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_DELETE_PENDING, ERROR_SHARING_VIOLATION, GENERIC_READ, GENERIC_WRITE,
};
use windows_sys::Win32::Storage::FileSystem::{
    DELETE, FILE_DISPOSITION_FLAG_DELETE, FILE_DISPOSITION_FLAG_POSIX_SEMANTICS, FILE_DISPOSITION_INFO,
    FILE_DISPOSITION_INFO_EX, FILE_FLAG_OPEN_REPARSE_POINT, FILE_SHARE_READ, FileDispositionInfo,
    FileDispositionInfoEx, SetFileInformationByHandle,
};

use super::claim::Claim;
use super::wait::{Elapsed, Wait};
use super::{Degraded, HeldBy, directory, lockfile, sweep};
use crate::error::{Context, Error, Result};
use crate::sys;

/// The lock, from [`acquire`](Self::acquire) to [`release`](Self::release). Dropping it releases it.
#[derive(Debug)]
pub(crate) struct Lock {
    lockfile: PathBuf,
    timeout: Duration,
    file: Option<File>,
}

impl Lock {
    /// Waits up to `timeout` for the lock of the journal at `journal`; makes its directory if missing.
    pub fn acquire(journal: &Path, timeout: Duration) -> Result<Self> {
        sweep::sweep(journal);
        let mut lock = Self { lockfile: lockfile(journal), timeout, file: None };
        lock.reacquire()?;
        Ok(lock)
    }

    pub fn reacquire(&mut self) -> Result<()> {
        let mut file = self.open()?;
        self.file = None;
        let claim = Claim::new(process::id(), "-", 0, &self.lockfile)?;
        file.set_len(0).and_then(|()| file.write_all(claim.as_bytes())).during("write", &self.lockfile)?;
        self.file = Some(file);
        Ok(())
    }

    /// Nobody can take it away while the handle is open.
    #[expect(clippy::unnecessary_wraps, reason = "the lock on Unix has to look")]
    pub fn is_ours(&self) -> Result<bool> {
        Ok(self.file.is_some())
    }

    /// Deletes the very file that was locked, then closes it.
    pub fn release(&mut self) -> Result<bool> {
        let Some(file) = self.file.take() else { return Ok(false) };
        delete(&file).during("unlink", &self.lockfile).map(|()| true)
    }

    #[expect(clippy::unused_self, reason = "nothing is ever missing here")]
    pub fn degraded(&self) -> Option<Degraded> {
        None
    }

    #[expect(clippy::unused_self, reason = "a dead holder's lockfile is simply opened")]
    pub fn takeovers(&self) -> u32 {
        0
    }

    fn open(&self) -> Result<File> {
        let mut wait = Wait::new(self.timeout);
        loop {
            let error = match try_open(&self.lockfile) {
                Ok(file) if sys::stat(&file).during("fstat", &self.lockfile)?.is_file => return Ok(file),
                Ok(_) => return Err(Error::NotAFile { path: self.lockfile.clone() }),
                Err(error) => error,
            };
            let is = |code: u32| error.raw_os_error() == Some(code.cast_signed());
            if error.kind() == ErrorKind::NotFound {
                let dir = directory(&self.lockfile);
                fs::create_dir_all(dir).during("mkdir", dir)?;
            } else if !(is(ERROR_SHARING_VIOLATION) || is(ERROR_ACCESS_DENIED) || is(ERROR_DELETE_PENDING)) {
                return Err(error).during("open", &self.lockfile);
            }
            if let Err(Elapsed) = wait.pause() {
                // Access is denied for a moment while the file is being deleted or scanned for viruses, and for good if we
                // have no right to it.
                if is(ERROR_ACCESS_DENIED) {
                    return Err(error).during("open", &self.lockfile);
                }
                let (path, timeout) = (self.lockfile.clone(), self.timeout);
                return Err(Error::LockTimeout { held_by: HeldBy::look(&path), path, timeout });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only after an error: it is that one which the caller hears of. A lockfile that stays is open to the next writer.
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

/// Deletes by handle: with POSIX semantics the name is gone at once, elsewhere when the handle is closed.
fn delete(file: &File) -> io::Result<()> {
    let posix =
        FILE_DISPOSITION_INFO_EX { Flags: FILE_DISPOSITION_FLAG_DELETE | FILE_DISPOSITION_FLAG_POSIX_SEMANTICS };
    let plain = FILE_DISPOSITION_INFO { DeleteFile: true };
    // SAFETY: the handle is open as long as `file` is borrowed; pointer, size and class belong together.
    let deleted = unsafe {
        SetFileInformationByHandle(
            file.as_raw_handle(),
            FileDispositionInfoEx,
            (&raw const posix).cast(),
            mem::size_of_val(&posix) as u32,
        ) != 0
            || SetFileInformationByHandle(
                file.as_raw_handle(),
                FileDispositionInfo,
                (&raw const plain).cast(),
                mem::size_of_val(&plain) as u32,
            ) != 0
    };
    if deleted { Ok(()) } else { Err(io::Error::last_os_error()) }
}

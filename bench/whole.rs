//! The system calls of one append of this package, made bare, in the order in which `strace` shows them. Left out are those that ask who writes:
//! `getpid`, `geteuid` and `kill`. Nothing here is judged or compared.

use std::io;
use std::path::Path;

use rustix::fs::{self, AtFlags, CWD, FlockOperation, Mode, OFlags};
use rustix::io::{pread, pwrite, write};

use super::CLAIM;

/// The directory has a journal, the reusable lockfile `private` with a claim in it, and no lockfile.
pub fn append(path: &Path, private: &str, lockfile: &str, journal: &str, lines: &[u8]) -> io::Result<()> {
    let dir = fs::openat(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    fs::fstat(&dir)?;
    #[cfg(target_os = "linux")]
    fs::fstatfs(&dir)?;
    fs::flock(&dir, FlockOperation::NonBlockingLockExclusive)?;

    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let claim = fs::openat(&dir, private, flags, Mode::empty())?;
    fs::fstat(&claim)?;
    pwrite(&claim, &CLAIM, 0)?;
    fs::linkat(&dir, private, &dir, lockfile, AtFlags::empty())?;

    let file = fs::openat(&dir, journal, flags | OFlags::APPEND, Mode::empty())?;
    let end = u64::try_from(fs::fstat(&file)?.st_size).unwrap_or(1);
    pread(&file, &mut [0], end.saturating_sub(1))?;
    write(&file, lines)?;
    fs::statat(CWD, path.join(journal), AtFlags::SYMLINK_NOFOLLOW)?;
    drop(file);

    fs::fstat(&claim)?;
    fs::statat(&dir, lockfile, AtFlags::SYMLINK_NOFOLLOW)?;
    pread(&claim, &mut [0; CLAIM.len()], 0)?;
    fs::unlinkat(&dir, lockfile, AtFlags::empty())?;
    Ok(fs::flock(&dir, FlockOperation::Unlock)?)
}

//! The system calls of one append of this package, made bare: 24 on Linux, in the order in which `strace` shows them. Left out are `getpid`
//! and `getrandom`, for a nonce; nothing here is judged or compared.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// `private` stands for the reusable lockfile, a file with a claim in it. There is no lockfile yet.
pub fn append(guard: &Path, private: &Path, lockfile: &Path, journal: &Path, lines: &[u8]) -> io::Result<()> {
    let guarded = open(guard)?;
    guarded.metadata()?;
    #[cfg(target_os = "linux")]
    file_system(&guarded)?;
    guarded.try_lock()?;
    fs::symlink_metadata(guard)?;

    let claim = open(private)?;
    claim.metadata()?;
    read(&claim, &mut [0; 128], 0)?;
    super::overwrite(&claim, &[b'x'; 128], 0)?;
    fs::hard_link(private, lockfile)?;
    claim.metadata()?;
    drop(claim);

    let file = open(journal)?;
    let end = file.metadata()?.len();
    read(&file, &mut [0], end.saturating_sub(1))?;
    append_to(&file, lines, end)?;
    fs::symlink_metadata(journal)?;
    drop(file);

    let seen = File::open(lockfile)?;
    read(&seen, &mut [0; 128], 0)?;
    drop(seen);
    fs::remove_file(lockfile)?;
    guarded.unlock()
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

/// Which file system a file is on.
#[cfg(target_os = "linux")]
fn file_system(file: &File) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let mut answer = std::mem::MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the descriptor is open, and `answer` has room for what the kernel writes.
    match unsafe { libc::fstatfs(file.as_raw_fd(), answer.as_mut_ptr()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Writes at the end, wherever that is by now.
#[cfg(target_os = "linux")]
fn append_to(file: &File, bytes: &[u8], _: u64) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let slice = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: the descriptor is open, and `slice` is of bytes that outlive the call, which only reads them.
    match unsafe { libc::pwritev2(file.as_raw_fd(), &raw const slice, 1, 0, libc::RWF_APPEND) } {
        written if usize::try_from(written) == Ok(bytes.len()) => Ok(()),
        -1 => Err(io::Error::last_os_error()),
        _ => Err(io::ErrorKind::WriteZero.into()),
    }
}

/// Writes at what was the end: only Linux appends by a descriptor that was not opened to append.
#[cfg(not(target_os = "linux"))]
fn append_to(file: &File, bytes: &[u8], end: u64) -> io::Result<()> {
    super::overwrite(file, bytes, end)
}

#[cfg(unix)]
fn read(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

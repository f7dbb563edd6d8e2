//! The calls of the real system, one by one: Rust's standard library where it makes just that call, else the C library.

use super::calls::{Calls, Flags, Stat};
use std::collections::hash_map::RandomState;
use std::ffi::{CStr, CString};
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::os::fd::{FromRawFd, IntoRawFd};
use std::process;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The real system.
pub struct Real;

impl Calls for Real {
    type File = File;

    fn mkdir(&self, path: &str) -> io::Result<()> {
        fs::create_dir(path)
    }

    // Rust's own makes an interrupted call again.
    fn open(&self, path: &str, flags: Flags) -> io::Result<File> {
        let flags = match flags {
            Flags::CreateNew => libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_TRUNC,
            Flags::Write => libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC,
            Flags::Append => libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND,
            Flags::ReadWrite => libc::O_RDWR,
            Flags::Read => libc::O_RDONLY,
        };
        let path = CString::new(path)?;
        // SAFETY: a text that ends with a NUL, and is there until the call returns.
        let file = unsafe { libc::open(path.as_ptr(), flags | libc::O_CLOEXEC, 0o666) };
        answer(file)?;
        // SAFETY: a descriptor that was opened just now.
        Ok(unsafe { File::from_raw_fd(file) })
    }

    fn read(&self, mut file: &File, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; most];
        let count = file.read(&mut bytes)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    fn write(&self, mut file: &File, bytes: &[u8]) -> io::Result<usize> {
        file.write(bytes)
    }

    fn close(&self, file: File) -> io::Result<()> {
        // SAFETY: the descriptor is nobody else's any more.
        answer(unsafe { libc::close(file.into_raw_fd()) })
    }

    fn stat(&self, path: &str) -> io::Result<Stat> {
        let stat = fs::metadata(path)?;
        Ok(Stat { is_dir: stat.is_dir(), mtime_ms: millis(stat.modified()?) })
    }

    fn access(&self, path: &str) -> io::Result<()> {
        let path = CString::new(path)?;
        // SAFETY: a text that ends with a NUL, and is there until the call returns.
        answer(unsafe { libc::access(path.as_ptr(), libc::F_OK) })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn unlink(&self, path: &str) -> io::Result<()> {
        fs::remove_file(path)
    }

    // Rust's own panics if the directory can't be closed.
    fn names(&self, path: &str) -> io::Result<Vec<(String, bool)>> {
        let path = CString::new(path)?;
        let mut names = Vec::new();
        // SAFETY: the path ends with a NUL; the directory is closed once, after its last use; an entry is there until the next is read.
        unsafe {
            let dir = libc::opendir(path.as_ptr());
            if dir.is_null() {
                return Err(io::Error::last_os_error());
            }
            *libc::__errno_location() = 0;
            while let Some(entry) = libc::readdir64(dir).as_ref() {
                let name = CStr::from_ptr(entry.d_name.as_ptr()).to_string_lossy();
                names.push((name.into_owned(), entry.d_type == libc::DT_REG));
            }
            let error = io::Error::last_os_error();
            libc::closedir(dir);
            if error.raw_os_error() == Some(0) { Ok(names) } else { Err(error) }
        }
    }

    fn kill_0(&self, pid: i32) -> io::Result<()> {
        // SAFETY: no memory is passed, and no signal sent.
        answer(unsafe { libc::kill(pid, 0) })
    }

    fn date_now(&self) -> f64 {
        millis(SystemTime::now()).floor()
    }

    fn spin(&self, ms: u64) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(ms) {}
    }

    fn pid(&self) -> u32 {
        process::id()
    }

    fn random(&self) -> u64 {
        RandomState::new().build_hasher().finish()
    }

    fn abort(&self) -> ! {
        process::abort()
    }
}

fn answer(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn millis(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64() * 1e3,
        Err(before) => before.duration().as_secs_f64() * -1e3,
    }
}

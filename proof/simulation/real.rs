//! The calls of the real system, one by one: Rust's standard library where it makes just that call, else the C library.

use super::calls::{Calls, Flags, Stat};
use std::collections::hash_map::RandomState;
use std::ffi::{CStr, CString};
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::os::fd::IntoRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The real system.
pub struct Real;

impl Calls for Real {
    type File = File;

    fn mkdir(&self, path: &str) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn open(&self, path: &str, flags: Flags) -> io::Result<File> {
        let mut options = OpenOptions::new();
        match flags {
            Flags::CreateNew => options.write(true).create_new(true).custom_flags(libc::O_TRUNC),
            Flags::Write => options.write(true).create(true).truncate(true),
            Flags::Append => options.append(true).create(true),
            Flags::ReadWrite => options.read(true).write(true),
            Flags::Read => options.read(true),
        };
        options.open(path)
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
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn millis(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64() * 1e3,
        Err(before) => before.duration().as_secs_f64() * -1e3,
    }
}

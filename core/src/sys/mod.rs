//! What the operating systems do differently about files and processes.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(unix)]
pub use unix::*;
#[cfg(windows)]
pub use windows::*;

/// What a process runs, on Linux: the program and its first argument, a script for example. Further arguments are left out, because some
/// are secrets.
pub fn command_of(pid: u32) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None; // elsewhere that path is of an ordinary file
    }
    let line = read_all(&File::open(format!("/proc/{pid}/cmdline")).ok()?, 256, 256).ok()?;
    let line = String::from_utf8_lossy(&line).split('\0').take(2).collect::<Vec<_>>().join(" ");
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// Reads a file from its beginning to its end, `limit` bytes at most. `len` is about the file's length: memory for that is reserved at once.
pub fn read_all(file: &File, len: u64, limit: u64) -> io::Result<Vec<u8>> {
    let size = |len: u64| usize::try_from(len.min(limit)).unwrap_or(usize::MAX);
    let mut bytes = vec![0; size(len + 1)];
    let mut filled = 0;
    loop {
        filled += read_at(file, &mut bytes[filled..], filled as u64)?;
        if filled < bytes.len() || filled == size(limit) {
            bytes.truncate(filled);
            return Ok(bytes);
        }
        bytes.resize(size(2 * filled as u64), 0); // the file has grown
    }
}

/// Whether a path still names this very file.
pub fn is_named(path: &Path, id: FileId) -> io::Result<bool> {
    match id_of_path(path) {
        Ok(named) => Ok(named == id),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

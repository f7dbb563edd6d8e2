//! What the operating systems do differently about files and processes.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

#[cfg(unix)]
pub use unix::*;
#[cfg(windows)]
pub use windows::*;

/// What a process runs, on Linux: the program and its first argument, a script, say. No more, for secrets are passed in arguments.
pub fn command_of(pid: u32) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None; // elsewhere that path is just a file's
    }
    let line = read_at_most(&File::open(format!("/proc/{pid}/cmdline")).ok()?, 256).ok()?;
    let line = String::from_utf8_lossy(&line).split('\0').take(2).collect::<Vec<_>>().join(" ");
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// The first `limit` bytes of a file.
pub fn read_at_most(mut file: &File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // On Windows `read_at` moves the cursor.
    file.rewind()?;
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a path still names this very file.
pub fn is_named(path: &Path, id: FileId) -> io::Result<bool> {
    match id_of_path(path) {
        Ok(named) => Ok(named == id),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

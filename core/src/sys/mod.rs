//! All that this crate asks of a system: files, locks, times, sleep, random numbers, and which processes are alive.
//!
//! Nothing else in the crate calls the system. So the tests can replace it with a system of their own: see `proof/simulation/`.

#[cfg(all(unix, not(simulation)))]
mod unix;
#[cfg(all(windows, not(simulation)))]
mod windows;

use std::io;
use std::time::SystemTime;

#[cfg(simulation)]
pub use crate::simulation::system::*;
#[cfg(all(unix, not(simulation)))]
pub use unix::*;
#[cfg(all(windows, not(simulation)))]
pub use windows::*;

#[cfg(not(simulation))]
mod process;
#[cfg(not(simulation))]
pub use process::*;

/// The state of a file.
#[derive(Debug, Clone)]
pub struct Stat {
    pub is_file: bool,
    pub len: u64,
    pub id: FileId,
    pub links: u64,
    /// When the file was last written; `None` if that time can't be represented.
    pub modified: Option<SystemTime>,
    pub mode: Mode,
    #[cfg(unix)]
    pub uid: u32,
    /// Of a directory: whether only the owner of a file, or of the directory, may remove the file.
    #[cfg(unix)]
    pub sticky: bool,
}

#[cfg(unix)]
impl Stat {
    /// What is assumed of a file whose state is unavailable: it is a regular file, and may have other names.
    pub fn unknown() -> Self {
        let (len, id, links, mode, uid) = (0, FileId::default(), u64::MAX, NO_MODE, user());
        Self { is_file: true, len, id, links, modified: None, mode, uid, sticky: false }
    }
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To read. A link is followed.
    Read,
    /// To read; of a link, the link itself.
    Look,
    /// To read and to write; of a link, the link itself.
    #[cfg(unix)]
    Write,
    /// To read and to append, and to write after [`File::stop_appending`]; of a link, the link itself.
    Append,
    /// Only to append; of a link, the link itself.
    OnlyAppend,
    /// To create a file, and to read and write it.
    New,
}

/// Reads a file from its beginning to its end, `limit` bytes at most. `len` is roughly the file's length: memory for that is reserved at once.
pub fn read_all(file: &File, len: u64, limit: u64) -> io::Result<Vec<u8>> {
    let size = |len: u64| usize::try_from(len.min(limit)).unwrap_or(usize::MAX);
    let mut bytes = vec![0; size(len + 1)];
    let mut filled = 0;
    loop {
        filled += file.read_at(&mut bytes[filled..], filled as u64)?;
        if filled < bytes.len() || filled == size(limit) {
            bytes.truncate(filled);
            return Ok(bytes);
        }
        bytes.resize(size(2 * filled as u64), 0); // the file has grown
    }
}

//! The system calls of writers that are not this crate's: codegraph's JS module, as Node makes them, and codegraph's Rust engine.
//!
//! The simulation has one implementation, the real system another. They answer what the kernel answers, `EINTR` included: who makes a call
//! decides whether it is made again.

use std::io;

/// How a file is opened: Node's flags `wx`, `w`, `a`, `r+` and `r`. Each adds `O_CLOEXEC`; a new file's mode is `0o666` without the umask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flags {
    /// `wx`: `O_WRONLY | O_CREAT | O_EXCL | O_TRUNC`
    CreateNew,
    /// `w`: `O_WRONLY | O_CREAT | O_TRUNC`
    Write,
    /// `a`: `O_WRONLY | O_CREAT | O_APPEND`
    Append,
    /// `r+`: `O_RDWR`
    ReadWrite,
    /// `r`: `O_RDONLY`
    Read,
}

/// What `stat` tells. It follows symbolic links.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stat {
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Milliseconds since 1970, with their fraction, as Node's `mtimeMs`.
    pub mtime_ms: f64,
}

/// One system call each, but for `names`.
pub trait Calls {
    /// An open file. Nothing closes it but `close`.
    type File;
    /// `mkdir(path, 0o777)`
    fn mkdir(&self, path: &str) -> io::Result<()>;
    /// `open`
    fn open(&self, path: &str, flags: Flags) -> io::Result<Self::File>;
    /// One `read` of at most `most` bytes at the file's position.
    fn read(&self, file: &Self::File, most: usize) -> io::Result<Vec<u8>>;
    /// One `write` at the file's position: it can be short.
    fn write(&self, file: &Self::File, bytes: &[u8]) -> io::Result<usize>;
    /// `close`
    fn close(&self, file: Self::File) -> io::Result<()>;
    /// `stat`
    fn stat(&self, path: &str) -> io::Result<Stat>;
    /// `access(path, F_OK)`: what `fs.existsSync` asks.
    fn access(&self, path: &str) -> io::Result<()>;
    /// `rename`
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// `unlink`
    fn unlink(&self, path: &str) -> io::Result<()>;
    /// The names in a directory in any order, and whether each is of a regular file: `open`, `fstat`, `getdents64` to the end, `close`.
    fn names(&self, path: &str) -> io::Result<Vec<(String, bool)>>;
    /// `kill(pid, 0)`
    fn kill_0(&self, pid: i32) -> io::Result<()>;
    /// `Date.now()`: whole milliseconds since 1970.
    fn date_now(&self) -> f64;
    /// A busy wait of that many milliseconds, by the monotonic clock.
    fn spin(&self, ms: u64);
    /// The caller's process id.
    fn pid(&self) -> u32;
    /// `crypto.randomBytes(8)`
    fn random(&self) -> u64;
    /// Ends the process at once, as `abort(3)` does.
    fn abort(&self) -> !;
}

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::OnceLock;
use std::time::SystemTime;

/// Which file it is, whatever its names: device and inode.
pub type FileId = (u64, u64);

/// What never blocks on a FIFO, and never follows a link planted in the file's place.
pub const UNTRUSTED: i32 = libc::O_NOFOLLOW | libc::O_NONBLOCK;

pub fn id(metadata: &Metadata) -> FileId {
    (metadata.dev(), metadata.ino())
}

/// What is asked of an open file.
pub struct Stat {
    pub is_file: bool,
    pub len: u64,
    pub id: FileId,
    pub has_other_names: bool,
}

pub fn stat(file: &File) -> io::Result<Stat> {
    let metadata = file.metadata()?;
    Ok(Stat {
        is_file: metadata.is_file(),
        len: metadata.len(),
        id: id(&metadata),
        has_other_names: has_other_names(&metadata),
    })
}

/// Of a link itself, if the path is one.
pub fn id_of_path(path: &Path) -> io::Result<FileId> {
    fs::symlink_metadata(path).map(|metadata| id(&metadata))
}

/// Which file the path names, and when that was written last; `None` if that can't be told. A file made in another's place can look the
/// same within a tick of the file system's clock.
pub fn version(path: &Path) -> Option<(FileId, SystemTime)> {
    let metadata = fs::symlink_metadata(path).ok()?;
    Some((id(&metadata), metadata.modified().ok()?))
}

/// Whether the file has other names too, so that writing to it would change them.
pub fn has_other_names(metadata: &Metadata) -> bool {
    metadata.nlink() > 1
}

/// Opens a file for reading without waiting for anybody, should it be a FIFO.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Opens a file for reading and for appending, unless it is a link.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).custom_flags(UNTRUSTED).open(path)
}

/// Reads up to `buffer.len()` bytes from `offset`; fewer at the end of the file.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Writes at the end of a file that was opened to append, wherever that is by then.
pub fn append(mut file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.write(bytes)
}

/// Overwrites bytes of a file that was opened to append, which it no longer does afterwards: Linux would append whatever
/// the offset.
pub fn overwrite(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    // SAFETY: F_SETFL takes an int and touches no memory of ours; the descriptor is open as long as `file` is borrowed.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFL, 0) } == -1 {
        return Err(io::Error::last_os_error());
    }
    file.write_all_at(bytes, offset)
}

/// Opens a directory for having its names written to the disk.
pub fn open_directory(path: &Path) -> io::Result<Option<File>> {
    File::open(path).map(Some)
}

pub const FILE_TOO_LARGE: i32 = libc::EFBIG;

/// Whether it says, of making a hard link, that there are none here.
pub fn is_without_hard_links(error: &io::Error) -> bool {
    let unsupported = [libc::EPERM, libc::EMLINK, libc::ENOSYS, libc::ENOTSUP, libc::EOPNOTSUPP];
    error.raw_os_error().is_some_and(|errno| unsupported.contains(&errno))
}

/// Whether it may be over in a moment. A file that others have open is in nobody's way here.
pub fn is_momentary(_: &io::Error) -> bool {
    false
}

/// Tells PID namespaces apart: a pid of another one means nothing here. 0 where there are none.
pub fn pid_namespace() -> u64 {
    static NAMESPACE: OnceLock<u64> = OnceLock::new();
    *NAMESPACE.get_or_init(|| fs::metadata("/proc/self/ns/pid").map_or(0, |metadata| metadata.ino()))
}

/// Whether there is surely no process of this id. One of another user's, or a zombie, counts as alive.
pub fn is_dead(pid: i32) -> bool {
    // SAFETY: signal 0 is never delivered; `kill` only checks whether it could be.
    let sent = unsafe { libc::kill(pid, 0) };
    sent == -1 && io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH)
}

use std::ffi::CString;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::os::fd::IntoRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::OnceLock;
use std::time::SystemTime;

/// What tells a file from all others, whatever its names: device and inode.
pub type FileId = (u64, u64);

/// The flags of an opening that never blocks on a FIFO, and never follows a link in the file's place.
pub const UNTRUSTED: i32 = libc::O_NOFOLLOW | libc::O_NONBLOCK;

pub fn id(metadata: &Metadata) -> FileId {
    (metadata.dev(), metadata.ino())
}

/// The state of an open file.
pub struct Stat {
    pub is_file: bool,
    pub len: u64,
    pub id: FileId,
    pub has_other_names: bool,
    /// The file system of the file.
    pub device: u64,
    pub permissions: Permissions,
}

pub fn stat(file: &File) -> io::Result<Stat> {
    let metadata = file.metadata()?;
    Ok(Stat {
        is_file: metadata.is_file(),
        len: metadata.len(),
        id: id(&metadata),
        has_other_names: has_other_names(&metadata),
        device: metadata.dev(),
        permissions: metadata.permissions(),
    })
}

/// Which file the path names. If the path is a link, the link itself.
pub fn id_of_path(path: &Path) -> io::Result<FileId> {
    fs::symlink_metadata(path).map(|metadata| id(&metadata))
}

/// Which file the path names, and when that file was written last; `None` if that can't be told. A file that was made in another's place can
/// have the same version, within one tick of the file system's clock.
pub fn version(path: &Path) -> Option<(FileId, SystemTime)> {
    let metadata = fs::symlink_metadata(path).ok()?;
    Some((id(&metadata), metadata.modified().ok()?))
}

/// Whether the file has other names too, whose contents a write would change.
pub fn has_other_names(metadata: &Metadata) -> bool {
    metadata.nlink() > 1
}

/// Opens a file for reading. A FIFO is opened without waiting for anybody.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Opens a file for reading, unless it is a link.
pub fn open_untrusted(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(UNTRUSTED).open(path)
}

/// Opens a file for reading and writing, unless it is a link.
pub fn open_to_write(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).custom_flags(UNTRUSTED).open(path)
}

/// Opens a file for appending only, unless it is a link.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).custom_flags(UNTRUSTED).open(path)
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

/// Appends to a file that was opened to read and write, wherever the file's end is by then.
#[cfg(target_os = "linux")]
pub fn append(file: &File, bytes: &[u8]) -> io::Result<usize> {
    let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let (fd, one, anywhere): (_, libc::c_long, libc::c_long) = (file.as_raw_fd(), 1, 0);
    // SAFETY: the call only reads `bytes`, which `part` describes, and the descriptor is open as long as `file` is borrowed.
    // The call is made by its number, because the C library that the binaries are built for has no function for this call.
    let written =
        unsafe { libc::syscall(libc::SYS_pwritev2, fd, &raw const part, one, anywhere, anywhere, libc::RWF_APPEND) };
    usize::try_from(written).map_err(|_| io::Error::last_os_error())
}

/// This system has no such call.
#[cfg(not(target_os = "linux"))]
pub fn append(_: &File, _: &[u8]) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Overwrites bytes of a file that was not opened to append. To a file that was, Linux would append them.
pub fn overwrite(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
}

/// Renames a file, but over no other file.
#[cfg(target_os = "linux")]
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    let [from, to] = [c_path(from)?, c_path(to)?];
    let (here, flags) = (libc::AT_FDCWD, libc::RENAME_NOREPLACE);
    // SAFETY: both paths are C strings that outlive the call. The call is made by its number for the same reason as above.
    let renamed = unsafe { libc::syscall(libc::SYS_renameat2, here, from.as_ptr(), here, to.as_ptr(), flags) };
    if renamed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Renames a file, but over no other file.
#[cfg(target_os = "macos")]
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    let [from, to] = [c_path(from)?, c_path(to)?];
    // SAFETY: both paths are C strings that outlive the call.
    let renamed = unsafe { libc::renamex_np(from.as_ptr(), to.as_ptr(), libc::RENAME_EXCL) };
    if renamed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// This system has no such call.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub fn rename_new(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn c_path(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

/// Closes a file, and tells whether everything could be written to it.
pub fn close(file: File) -> io::Result<()> {
    // SAFETY: `file` owned the descriptor, and nothing uses the descriptor after the call.
    if unsafe { libc::close(file.into_raw_fd()) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Opens a directory, for syncing its names to the disk.
pub fn open_directory(path: &Path) -> io::Result<Option<File>> {
    File::open(path).map(Some)
}

pub const FILE_TOO_LARGE: i32 = libc::EFBIG;

/// Whether every other way would meet this error too: something has run out, or the file system is read-only.
pub fn is_everywhere(error: &io::Error) -> bool {
    let everywhere = [libc::EDQUOT, libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::ENOSPC, libc::EROFS];
    error.raw_os_error().is_some_and(|errno| everywhere.contains(&errno))
}

/// Whether the error may be over in a moment. On Unix no error is: a file that others have open is in nobody's way.
pub fn is_momentary(_: &io::Error) -> bool {
    false
}

/// A random number of the system.
pub fn random() -> io::Result<u64> {
    let mut bytes = [0; size_of::<u64>()];
    // SAFETY: the call writes as many bytes as it is told that the array has. The call is made by its number for the same reason as above.
    #[cfg(target_os = "linux")]
    let filled = unsafe { libc::syscall(libc::SYS_getrandom, bytes.as_mut_ptr(), bytes.len(), 0) } == 8;
    // SAFETY: the call writes as many bytes as it is told that the array has.
    #[cfg(not(target_os = "linux"))]
    let filled = unsafe { libc::getentropy(bytes.as_mut_ptr().cast(), bytes.len()) } == 0;
    if filled { Ok(u64::from_ne_bytes(bytes)) } else { Err(io::Error::last_os_error()) }
}

/// The number of this process's PID namespace; 0 where there are none. A pid of another namespace means nothing here.
pub fn pid_namespace() -> u64 {
    static NAMESPACE: OnceLock<u64> = OnceLock::new();
    *NAMESPACE.get_or_init(|| fs::metadata("/proc/self/ns/pid").map_or(0, |metadata| metadata.ino()))
}

/// Whether there is surely no process of this id. Another user's process counts as alive, and so does a zombie.
pub fn is_dead(pid: i32) -> bool {
    // SAFETY: signal 0 is never delivered; `kill` only checks whether it could be.
    let sent = unsafe { libc::kill(pid, 0) };
    sent == -1 && io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH)
}

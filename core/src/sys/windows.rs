use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::os::windows::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::os::windows::io::AsRawHandle;
use std::path::Path;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_DELETE_PENDING, ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL, ERROR_NOT_ENOUGH_MEMORY,
    ERROR_SHARING_VIOLATION, ERROR_TOO_MANY_OPEN_FILES, ERROR_WRITE_PROTECT,
};
use windows_sys::Win32::Security::Cryptography::{BCRYPT_USE_SYSTEM_PREFERRED_RNG, BCryptGenRandom};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_REPARSE_POINT, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT,
    GetFileInformationByHandle,
};

/// What tells a file from the others on its volume, whatever its names. The id is only compared with that of the same path later, so the
/// volume is left out.
pub type FileId = u64;

/// `ERROR_FILE_TOO_LARGE`
pub const FILE_TOO_LARGE: i32 = 223;

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
    let mut info = MaybeUninit::<BY_HANDLE_FILE_INFORMATION>::uninit();
    // SAFETY: the handle is open as long as `file` is borrowed, and the buffer has the size that the call fills.
    if unsafe { GetFileInformationByHandle(file.as_raw_handle(), info.as_mut_ptr()) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it has filled the whole buffer.
    let info = unsafe { info.assume_init() };
    let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
    let metadata = file.metadata()?;
    Ok(Stat {
        // The standard library tells this, because it knows which reparse points are links and which are files.
        is_file: metadata.is_file(),
        len: pair(info.nFileSizeHigh, info.nFileSizeLow),
        id: pair(info.nFileIndexHigh, info.nFileIndexLow),
        has_other_names: info.nNumberOfLinks > 1,
        device: info.dwVolumeSerialNumber.into(),
        permissions: metadata.permissions(),
    })
}

/// Which file the path names. If the path is a link, the link itself.
pub fn id_of_path(path: &Path) -> io::Result<FileId> {
    let flags = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS;
    let file = OpenOptions::new().access_mode(0).custom_flags(flags).open(path)?;
    stat(&file).map(|stat| stat.id)
}

pub fn open_to_read(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Opens a file for reading and for writing; of a link, the link itself.
pub fn open_to_write(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    let file = options.clone().custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path)?;
    let metadata = file.metadata()?;
    // A file that is kept in the cloud, or deduplicated, is a reparse point too. Its content is seen only through the reparse point.
    let is_seen_through = metadata.is_file() && metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0;
    if is_seen_through { options.open(path) } else { Ok(file) }
}

/// Opens a file for appending only; of a link, the link itself.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path)
}

/// Whether the error may be over in a moment: a virus scanner or a reader has the file open, or the file is being deleted.
pub fn is_momentary(error: &io::Error) -> bool {
    let momentary = [ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED, ERROR_DELETE_PENDING];
    error.raw_os_error().is_some_and(|code| momentary.contains(&code.cast_unsigned()))
}

/// Reads up to `buffer.len()` bytes from `offset`; fewer at the end of the file.
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.seek_read(&mut buffer[filled..], offset + filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// Appends to the file, wherever its end is by then. To `NtWriteFile` this offset means the end.
pub fn append(file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.seek_write(bytes, u64::MAX)
}

/// Overwrites bytes of the file.
pub fn overwrite(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.seek_write(bytes, offset)? {
            0 => return Err(ErrorKind::WriteZero.into()),
            written => {
                bytes = &bytes[written..];
                offset += written as u64;
            }
        }
    }
    Ok(())
}

/// Closes a file. On Windows closing does not tell whether everything could be written.
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
pub fn close(_: File) -> io::Result<()> {
    Ok(())
}

/// Always `None`: Windows can't be told to write names to the disk. NTFS writes them in order, within seconds.
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
pub fn open_directory(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// A random number of the system.
pub fn random() -> io::Result<u64> {
    let mut bytes = [0; size_of::<u64>()];
    let (len, flags) = (8, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    // SAFETY: the call writes `len` bytes, which is the length of the array; no algorithm is named.
    let status = unsafe { BCryptGenRandom(std::ptr::null_mut(), bytes.as_mut_ptr(), len, flags) };
    if status == 0 { Ok(u64::from_ne_bytes(bytes)) } else { Err(ErrorKind::Unsupported.into()) }
}

/// Always 0: on Windows all processes share one number space.
pub fn pid_namespace() -> u64 {
    0
}

/// Whether every other way would meet this error too: something has run out, or the volume is read-only.
pub fn is_everywhere(error: &io::Error) -> bool {
    let everywhere = [
        ERROR_DISK_FULL,
        ERROR_HANDLE_DISK_FULL,
        ERROR_NOT_ENOUGH_MEMORY,
        ERROR_TOO_MANY_OPEN_FILES,
        ERROR_WRITE_PROTECT,
    ];
    error.raw_os_error().is_some_and(|code| everywhere.contains(&code.cast_unsigned()))
}

/// Always fails: on Windows a rename replaces the file that it finds.
pub fn rename_new(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

use std::ffi::OsString;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::os::windows::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::os::windows::io::AsRawHandle;
use std::path::Path;
use std::time::SystemTime;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_DELETE_PENDING, ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL, ERROR_NOT_ENOUGH_MEMORY,
    ERROR_SHARING_VIOLATION, ERROR_TOO_MANY_OPEN_FILES, ERROR_WRITE_PROTECT,
};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_REPARSE_POINT, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT,
    GetFileInformationByHandle,
};

use super::Access;

/// What tells a file from the others on its volume, whatever its names. The id is only compared with that of the same path later, so the
/// volume is left out.
pub type FileId = u64;

/// `ERROR_FILE_TOO_LARGE`
pub const FILE_TOO_LARGE: i32 = 223;

/// The permissions of a file.
pub type Mode = Permissions;

/// An open file.
#[derive(Debug)]
pub struct File(pub fs::File);

/// The state of a file.
#[derive(Debug, Clone)]
pub struct Stat {
    pub is_file: bool,
    pub len: u64,
    pub id: FileId,
    pub links: u64,
    pub modified: Option<SystemTime>,
    /// The file system of the file.
    pub device: u64,
    pub mode: Mode,
}

impl Stat {
    /// Whether the file has other names too, whose contents a write would change.
    pub fn has_other_names(&self) -> bool {
        self.links > 1
    }
}

/// Opens a file.
pub fn open(path: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    match access {
        Access::Read | Access::Look => options.read(true),
        Access::Write => return open_to_write(path),
        Access::Append => options.append(true).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT),
        Access::New => options.read(true).write(true).create_new(true),
        Access::Guard => return Err(ErrorKind::Unsupported.into()),
    };
    options.open(path).map(File)
}

/// Opens a file for reading and for writing; of a link, the link itself.
fn open_to_write(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    let file = options.clone().custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path)?;
    let metadata = file.metadata()?;
    // A file that is kept in the cloud, or deduplicated, is a reparse point too. Its content is seen only through the reparse point.
    let is_seen_through = metadata.is_file() && metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0;
    if is_seen_through { options.open(path).map(File) } else { Ok(File(file)) }
}

/// The state of what the path names. If the path is a link, of the link itself.
pub fn stat(path: &Path) -> io::Result<Stat> {
    let flags = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS;
    File(OpenOptions::new().access_mode(0).custom_flags(flags).open(path)?).stat()
}

pub fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)
}

pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Always fails: on Windows a rename replaces the file that it finds.
pub fn rename_new(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

/// Makes a directory, and those above it.
pub fn make_dirs(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// The first names in a directory, as many as are asked for.
pub fn names(path: &Path, most: usize) -> io::Result<Vec<OsString>> {
    fs::read_dir(path)?.take(most).map(|entry| entry.map(|entry| entry.file_name())).collect()
}

impl File {
    pub fn stat(&self) -> io::Result<Stat> {
        let mut info = MaybeUninit::<BY_HANDLE_FILE_INFORMATION>::uninit();
        // SAFETY: the handle is open as long as `self` is borrowed, and the buffer has the size that the call fills.
        if unsafe { GetFileInformationByHandle(self.0.as_raw_handle(), info.as_mut_ptr()) } == 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call succeeded, so it has filled the whole buffer.
        let info = unsafe { info.assume_init() };
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let metadata = self.0.metadata()?;
        Ok(Stat {
            // The standard library tells this, because it knows which reparse points are links and which are files.
            is_file: metadata.is_file(),
            len: pair(info.nFileSizeHigh, info.nFileSizeLow),
            id: pair(info.nFileIndexHigh, info.nFileIndexLow),
            links: info.nNumberOfLinks.into(),
            modified: metadata.modified().ok(),
            device: info.dwVolumeSerialNumber.into(),
            mode: metadata.permissions(),
        })
    }

    /// Reads up to `buffer.len()` bytes from `offset`; fewer at the end of the file.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.0.seek_read(&mut buffer[filled..], offset + filled as u64)? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }

    /// Appends to the file, wherever its end is by then. To `NtWriteFile` this offset means the end.
    pub fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.seek_write(bytes, u64::MAX)
    }

    /// Writes to a file that was opened to append.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        io::Write::write(&mut &self.0, bytes)
    }

    /// Overwrites bytes of the file.
    pub fn overwrite(&self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.0.seek_write(bytes, offset)? {
                0 => return Err(ErrorKind::WriteZero.into()),
                written => {
                    bytes = &bytes[written..];
                    offset += written as u64;
                }
            }
        }
        Ok(())
    }

    pub fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    pub fn set_mode(&self, mode: Mode) -> io::Result<()> {
        self.0.set_permissions(mode)
    }

    pub fn sync_all(&self) -> io::Result<()> {
        self.0.sync_all()
    }

    pub fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    /// Closes the file. On Windows closing does not tell whether everything could be written.
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    pub fn close(self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether the error may be over in a moment: a virus scanner or a reader has the file open, or the file is being deleted.
pub fn is_momentary(error: &io::Error) -> bool {
    let momentary = [ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED, ERROR_DELETE_PENDING];
    error.raw_os_error().is_some_and(|code| momentary.contains(&code.cast_unsigned()))
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

/// Always 0: on Windows all processes share one number space.
pub fn pid_namespace() -> u64 {
    0
}

mod handle;

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::windows::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_DELETE_PENDING, ERROR_DISK_FULL, ERROR_FILENAME_EXCED_RANGE, ERROR_HANDLE_DISK_FULL,
    ERROR_NOT_ENOUGH_MEMORY, ERROR_SHARING_VIOLATION, ERROR_TOO_MANY_OPEN_FILES, ERROR_WRITE_PROTECT, GENERIC_READ,
    GENERIC_WRITE,
};
use windows_sys::Win32::Storage::FileSystem::{
    DELETE, FILE_ATTRIBUTE_REPARSE_POINT, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_SHARE_READ,
};

pub use self::handle::FileId;
use super::{Access, Stat};

/// `ERROR_FILE_TOO_LARGE`
pub const FILE_TOO_LARGE: i32 = 223;

/// What this crate keeps of a file's attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    is_read_only: bool,
}

/// An open file.
#[derive(Debug)]
pub struct File(pub fs::File);

/// A directory. Nobody can move it, or one above it, while a file in it is open. So its path names it as long as the lock is held.
#[derive(Debug)]
pub struct Dir(PathBuf);

impl Dir {
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub fn open_file(&self, name: &str, access: Access) -> io::Result<File> {
        open_by(&self.0.join(name), access)
    }

    /// Opens a file, or makes it, so that others can read it, and nobody else can write to it, rename it or delete it. Fails if anybody has it open
    /// to do one of these. Of a link, opens the link itself.
    pub fn open_alone(&self, name: &str, is_new: bool) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.access_mode(GENERIC_READ | GENERIC_WRITE | DELETE).share_mode(FILE_SHARE_READ).write(true);
        options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).create_new(is_new).open(self.0.join(name)).map(File)
    }

    /// The state of what the name names. If it is a link, of the link itself.
    pub fn stat_file(&self, name: &str) -> io::Result<Stat> {
        stat(&self.0.join(name))
    }

    pub fn link(&self, from: &str, to: &str) -> io::Result<()> {
        fs::hard_link(self.0.join(from), self.0.join(to))
    }

    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    /// Renames a file, but over no other file.
    pub fn rename_new(&self, from: &str, to: &str) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.access_mode(DELETE).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        handle::rename(&options.open(self.0.join(from))?, &self.0.join(to))
    }

    pub fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// Deletes an open file, and closes it. Between the two nobody can use the file's name, because Windows denies access to it. So the file first gets a
    /// name that nobody wants. If it can't be renamed, it is deleted even so.
    #[expect(clippy::needless_pass_by_value, reason = "the file has to be closed")]
    pub fn delete(&self, file: File, unwanted: &str) -> io::Result<()> {
        let _ = handle::rename(&file.0, &self.0.join(unwanted));
        handle::delete(&file.0)
    }

    /// All names in the directory that are Unicode.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    /// Waits until the names are on the disk. The handle can be flushed only if it can write.
    pub fn sync(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.access_mode(GENERIC_READ | GENERIC_WRITE).custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
        options.open(&self.0)?.sync_all()
    }
}

/// Opens a file by its path, to read.
pub fn open(path: &Path) -> io::Result<File> {
    open_by(path, Access::Read)
}

fn open_by(path: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    match access {
        Access::Read => options.read(true),
        Access::Look => options.read(true).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT),
        Access::Append => return open_to_write(path),
        Access::OnlyAppend => options.append(true).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT),
        Access::New => options.read(true).write(true).create_new(true),
    };
    options.open(path).map(File)
}

/// Opens a file for reading and for writing; of a link, the link itself.
fn open_to_write(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    let file = options.clone().custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path)?;
    let metadata = file.metadata()?;
    // A file that is kept in the cloud, or deduplicated, is a reparse point too. Its content is visible only through the reparse point.
    let is_seen_through = metadata.is_file() && metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0;
    if is_seen_through { options.open(path).map(File) } else { Ok(File(file)) }
}

/// The state of what the path names. If the path is a link, of the link itself.
pub fn stat(path: &Path) -> io::Result<Stat> {
    let flags = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS;
    File(OpenOptions::new().access_mode(0).custom_flags(flags).open(path)?).stat()
}

/// Creates a directory, and those above it.
pub fn make_dirs(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

impl File {
    pub fn stat(&self) -> io::Result<Stat> {
        let info = handle::information(&self.0)?;
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let metadata = self.0.metadata()?;
        Ok(Stat {
            // The standard library knows which reparse points are links and which are files.
            is_file: metadata.is_file(),
            len: pair(info.nFileSizeHigh, info.nFileSizeLow),
            id: handle::id(&self.0, &info),
            links: info.nNumberOfLinks.into(),
            modified: metadata.modified().ok(),
            mode: Mode { is_read_only: metadata.permissions().readonly() },
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

    /// The same handle can overwrite.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "Unix needs it")]
    pub fn stop_appending(&self) -> io::Result<()> {
        Ok(())
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
        let mut permissions = self.0.metadata()?.permissions();
        permissions.set_readonly(mode.is_read_only);
        self.0.set_permissions(permissions)
    }

    pub fn sync_all(&self) -> io::Result<()> {
        self.0.sync_all()
    }

    pub fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    /// Whether the file keeps its id as long as it is there. Not so where FAT, a program or another machine serves the file system.
    pub fn is_local(&self) -> bool {
        handle::has_stable_id(&self.0).unwrap_or(false)
    }

    /// Closes the file. On Windows this does not report whether everything could be written.
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "on Unix it can fail")]
    pub fn close(self) -> io::Result<()> {
        Ok(())
    }
}

/// How long to tolerate an error that may be over in a moment, because a virus scanner or a reader has the file open, or the file is being deleted.
/// Zero for other errors.
pub fn patience(error: &io::Error) -> Duration {
    match error.raw_os_error().map(i32::cast_unsigned) {
        Some(ERROR_SHARING_VIOLATION | ERROR_DELETE_PENDING) => Duration::from_secs(1),
        _ if is_denied(error) => Duration::from_millis(500),
        _ => Duration::ZERO,
    }
}

/// Whether access was denied. It is denied for a moment while a file is being deleted.
pub fn is_denied(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_ACCESS_DENIED.cast_signed())
}

/// Whether nothing that can be a lockfile or a journal is there.
pub fn is_gone_or_odd(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

/// Whether the path is longer than the system takes.
pub fn is_too_long(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_FILENAME_EXCED_RANGE.cast_signed())
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

use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, UNIX_EPOCH};

#[cfg(not(target_os = "macos"))]
use rustix::fs::fdatasync as sync_bytes;
#[cfg(target_os = "macos")]
use rustix::fs::fsync as sync_bytes; // macOS has no call for the bytes alone
use rustix::fs::{self as call, AtFlags, CWD, FlockOperation, OFlags};
use rustix::io::Errno;
use rustix::process::Pid;

use super::{Access, Stat};

/// What distinguishes a file from all others, whatever its names: device and inode.
pub type FileId = (u64, u64);

/// The permission bits of a file.
pub type Mode = call::Mode;

/// An open file.
#[derive(Debug)]
pub struct File(OwnedFd);

/// The mode of a file whose state is unavailable.
pub const NO_MODE: Mode = Mode::empty();

#[allow(clippy::unnecessary_cast, clippy::cast_sign_loss, clippy::cast_lossless, reason = "the types differ by system")]
fn told(stat: &call::Stat) -> Stat {
    let since_1970 = u64::try_from(stat.st_mtime).ok().map(Duration::from_secs);
    let modified = since_1970.and_then(|seconds| {
        UNIX_EPOCH.checked_add(seconds)?.checked_add(Duration::from_nanos(stat.st_mtime_nsec as u64))
    });
    Stat {
        is_file: call::FileType::from_raw_mode(stat.st_mode).is_file(),
        len: stat.st_size as u64,
        id: (stat.st_dev as u64, stat.st_ino as u64),
        links: stat.st_nlink as u64,
        modified,
        mode: Mode::from_raw_mode(stat.st_mode),
        uid: stat.st_uid,
        sticky: Mode::from_raw_mode(stat.st_mode).contains(Mode::SVTX),
    }
}

/// A directory, opened for one call. Every file in it is named relative to the descriptor.
#[derive(Debug)]
pub struct Dir(OwnedFd);

impl Dir {
    /// Opens a directory. If it may not be read, opens it for its names only.
    pub fn open(path: &Path) -> io::Result<Self> {
        let open = |how| again(|| call::openat(CWD, path, how | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()));
        match open(OFlags::RDONLY) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => open(NAMES_ONLY).map(Self),
            opened => opened.map(Self),
        }
    }

    pub fn stat(&self) -> io::Result<Stat> {
        Ok(told(&call::fstat(&self.0)?))
    }

    /// Takes the kernel's lock on the directory, if nobody has it.
    pub fn try_lock(&self) -> io::Result<bool> {
        match call::flock(&self.0, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub fn unlock(&self) -> io::Result<()> {
        Ok(call::flock(&self.0, FlockOperation::Unlock)?)
    }

    /// Whether the file system is known to be this kernel's own, so that no other machine can have its files open.
    pub fn is_local(&self) -> io::Result<bool> {
        is_local(self.0.as_fd())
    }

    pub fn open_file(&self, name: &str, access: Access) -> io::Result<File> {
        open_at(self.0.as_fd(), Path::new(name), access)
    }

    /// The state of what the name names. If it is a link, of the link itself.
    pub fn stat_file(&self, name: &str) -> io::Result<Stat> {
        Ok(told(&call::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    pub fn link(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(call::linkat(&self.0, from, &self.0, to, AtFlags::empty())?)
    }

    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(call::renameat(&self.0, from, &self.0, to)?)
    }

    /// Renames a file, but over no other file.
    pub fn rename_new(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(call::renameat_with(&self.0, from, &self.0, to, call::RenameFlags::NOREPLACE)?)
    }

    pub fn remove(&self, name: &str) -> io::Result<()> {
        Ok(call::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// All names in the directory that are UTF-8.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in call::Dir::read_from(&self.0)? {
            names.extend(entry?.file_name().to_str().map(str::to_owned));
        }
        Ok(names)
    }

    /// Waits until the names are on the disk.
    pub fn sync(&self) -> io::Result<()> {
        sync(&self.0, |dir| call::fsync(dir))
    }
}

#[cfg(target_os = "linux")]
const NAMES_ONLY: OFlags = OFlags::PATH;
#[cfg(target_os = "macos")]
const NAMES_ONLY: OFlags = OFlags::from_bits_retain(0x4010_0000); // O_SEARCH
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
const NAMES_ONLY: OFlags = OFlags::RDONLY;

/// Opens a file by its path, to read.
pub fn open(path: &Path) -> io::Result<File> {
    match (open_at(CWD, path, Access::Read), path.parent(), path.file_name()) {
        // The path is too long with the file's name. Writers need the directory's only.
        (Err(error), Some(dir), Some(name)) if is_too_long(&error) => {
            open_at(Dir::open(dir)?.0.as_fd(), Path::new(name), Access::Read)
        }
        (opened, ..) => opened,
    }
}

/// The state of what the path names. If the path is a link, of the link itself.
pub fn stat(path: &Path) -> io::Result<Stat> {
    Ok(told(&call::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)?))
}

/// Creates a directory, and those above it.
pub fn make_dirs(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// No opening waits for anybody at the other end of a FIFO.
fn open_at(dir: BorrowedFd<'_>, name: &Path, access: Access) -> io::Result<File> {
    let (flags, mode) = match access {
        Access::Read => (OFlags::RDONLY, 0),
        Access::Look => (OFlags::RDONLY | OFlags::NOFOLLOW, 0),
        Access::Write => (OFlags::RDWR | OFlags::NOFOLLOW, 0),
        Access::Append => (OFlags::RDWR | OFlags::APPEND | OFlags::NOFOLLOW, 0),
        Access::OnlyAppend => (OFlags::WRONLY | OFlags::APPEND | OFlags::NOFOLLOW, 0),
        Access::New => (OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, 0o666),
    };
    let flags = flags | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File(again(|| call::openat(dir, name, flags, Mode::from_raw_mode(mode)))?))
}

impl File {
    pub fn stat(&self) -> io::Result<Stat> {
        Ok(told(&call::fstat(&self.0)?))
    }

    /// Reads up to `buffer.len()` bytes from `offset`; fewer at the end of the file.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match again(|| rustix::io::pread(&self.0, &mut buffer[filled..], offset + filled as u64))? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }

    /// Writes to a file that was opened to append, wherever the file's end is by then.
    pub fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(&self.0, bytes)?)
    }

    /// Lets a file that was opened to append be overwritten. Fails if the file may only be appended to, whoever asks. Some FUSE file systems append even so
    /// (`docs/filesystems.md`); no header is overwritten there, because they are not local.
    pub fn stop_appending(&self) -> io::Result<()> {
        Ok(call::fcntl_setfl(&self.0, OFlags::NONBLOCK)?)
    }

    /// Overwrites bytes. To a file that was opened to append, Linux would append them.
    pub fn overwrite(&self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match again(|| rustix::io::pwrite(&self.0, bytes, offset))? {
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
        Ok(call::ftruncate(&self.0, len)?)
    }

    pub fn set_mode(&self, mode: Mode) -> io::Result<()> {
        Ok(call::fchmod(&self.0, mode)?)
    }

    /// Waits until the file, its length and its names are on the disk.
    pub fn sync_all(&self) -> io::Result<()> {
        sync(&self.0, |file| call::fsync(file))
    }

    /// Waits until the file's bytes are on the disk.
    pub fn sync_data(&self) -> io::Result<()> {
        sync(&self.0, |file| sync_bytes(file))
    }

    /// Closes the file, and reports if something could not be written to it.
    pub fn close(self) -> io::Result<()> {
        // SAFETY: the file owned the descriptor, and nothing uses the descriptor after the call.
        Ok(unsafe { rustix::io::try_close(self.0.into_raw_fd()) }?)
    }
}

/// Whether the magic number of Linux's `statfs(2)` is that of a local file system. NFS, SMB, 9p, FUSE and virtiofs are not local.
#[cfg(target_os = "linux")]
fn is_local(file: impl AsFd) -> io::Result<bool> {
    const EXT: u32 = 0xef53;
    const XFS: u32 = 0x5846_5342;
    const BTRFS: u32 = 0x9123_683e;
    const ZFS: u32 = 0x2fc1_2fc1;
    const F2FS: u32 = 0xf2f5_2010;
    const BCACHEFS: u32 = 0xca45_1a4e;
    const TMPFS: u32 = 0x0102_1994;
    const OVERLAY: u32 = 0x794c_7630;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "32 bits, signed or not")]
    let magic = call::fstatfs(file)?.f_type as u32;
    Ok([EXT, XFS, BTRFS, ZFS, F2FS, BCACHEFS, TMPFS, OVERLAY].contains(&magic))
}

#[cfg(target_os = "macos")]
fn is_local(file: impl AsFd) -> io::Result<bool> {
    let name = call::fstatfs(file)?.f_fstypename.map(i8::cast_unsigned);
    Ok([&b"apfs\0"[..], b"hfs\0"].iter().any(|local| name.starts_with(local)))
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn is_local(_: impl AsFd) -> io::Result<bool> {
    Ok(false)
}

#[cfg(not(target_os = "macos"))]
fn sync(file: &OwnedFd, call: fn(&OwnedFd) -> rustix::io::Result<()>) -> io::Result<()> {
    again(|| call(file))
}

/// On macOS `fsync` leaves the bytes in the drive's own memory. They stay there if the drive can't be asked for more.
#[cfg(target_os = "macos")]
fn sync(file: &OwnedFd, _: fn(&OwnedFd) -> rustix::io::Result<()>) -> io::Result<()> {
    again(|| call::fcntl_fullfsync(file)).or_else(|_| again(|| rustix::fs::fsync(file)))
}

/// Repeats a call that a signal has interrupted.
fn again<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            done => return done.map_err(io::Error::from),
        }
    }
}

/// The user for whom this process makes and removes files.
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

pub const FILE_TOO_LARGE: i32 = Errno::FBIG.raw_os_error();

/// Whether every other way would meet this error too: something has run out, or the file system is read-only.
pub fn is_everywhere(error: &io::Error) -> bool {
    let everywhere = [Errno::DQUOT, Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::NOSPC, Errno::ROFS];
    Errno::from_io_error(error).is_some_and(|errno| everywhere.contains(&errno))
}

/// Whether nothing that can be a lockfile is there: nothing, a link, a directory, a socket.
pub fn is_gone_or_odd(error: &io::Error) -> bool {
    let odd = [Errno::NOENT, Errno::ISDIR, Errno::LOOP, Errno::MLINK, Errno::NXIO];
    Errno::from_io_error(error).is_some_and(|errno| odd.contains(&errno))
}

/// Whether the path is longer than the system takes.
pub fn is_too_long(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::NAMETOOLONG)
}

/// How long to tolerate an error that may be over in a moment. On Unix there is none, because a file that others have open is in nobody's way.
pub fn patience(_: &io::Error) -> Duration {
    Duration::ZERO
}

/// The id of this boot of this kernel; `None` if the system does not reveal it. Containers on one kernel share the id, virtual machines don't.
pub fn boot_id() -> Option<&'static str> {
    static BOOT: OnceLock<Option<String>> = OnceLock::new();
    BOOT.get_or_init(|| read_boot_id().ok().map(|id| id.trim().replace('-', ""))).as_deref()
}

#[cfg(target_os = "linux")]
fn read_boot_id() -> io::Result<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
}

#[cfg(target_os = "macos")]
fn read_boot_id() -> io::Result<String> {
    let mut uuid = [0u8; 64];
    let mut len = uuid.len();
    let name = c"kern.bootsessionuuid".as_ptr();
    // SAFETY: the name is a C string, the buffer and its length belong together, and nothing is set.
    let status = unsafe { libc::sysctlbyname(name, uuid.as_mut_ptr().cast(), &raw mut len, std::ptr::null_mut(), 0) };
    if status != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(String::from_utf8_lossy(&uuid[..len]).trim_end_matches('\0').to_owned())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn read_boot_id() -> io::Result<String> {
    Err(ErrorKind::NotFound.into())
}

/// The number of this process's PID namespace; 0 where there are none. A pid of another namespace means nothing here.
pub fn pid_namespace() -> u64 {
    static NAMESPACE: OnceLock<u64> = OnceLock::new();
    *NAMESPACE.get_or_init(|| call::stat("/proc/self/ns/pid").map_or(0, |stat| stat.st_ino))
}

/// Asks whether a process could be signalled. `Err` says why not: ESRCH that there is surely none, EPERM that it is another user's.
fn signal(pid: i32) -> Result<(), Errno> {
    Pid::from_raw(pid).map_or(Err(Errno::SRCH), rustix::process::test_kill_process)
}

/// Whether there is surely no process of this id. Another user's process counts as alive, and so does a zombie.
pub fn is_dead(pid: i32) -> bool {
    signal(pid) == Err(Errno::SRCH)
}

/// Whether the JS module takes this process for dead: on every error except EPERM.
pub fn seems_dead(pid: i32) -> bool {
    !matches!(signal(pid), Ok(()) | Err(Errno::PERM))
}

/// The leader of this process's session; 0 if that is of another PID namespace.
pub fn session() -> i32 {
    rustix::process::getsid(None).map_or(0, |pid| pid.as_raw_nonzero().get())
}

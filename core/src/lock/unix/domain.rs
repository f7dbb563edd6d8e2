//! The lock domain: the processes that a kernel lock on the guard really excludes from each other.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::OnceLock;

use crate::degraded::optional;
use crate::error::{Context, Result};

/// The domain in the claim of a writer whose domain is not known.
const UNKNOWN: &str = "-";

/// The domain of a writer.
#[derive(Debug, PartialEq, Eq)]
pub enum Domain {
    /// The processes of one kernel boot, on one file system that is known to be this kernel's own.
    Local(String),
    /// No other process is known to be in the domain: the file system is another machine's, or may be.
    Foreign,
    /// No other process is known to be in the domain, because the system does not tell what the file system is.
    Untold,
}

impl Domain {
    /// The domain of a guard on `device`.
    pub fn of(guard: &File, device: u64, path: &Path) -> Result<Self> {
        Ok(match optional(is_local(guard).during("fstatfs", path))? {
            None => Self::Untold,
            Some(false) => Self::Foreign,
            Some(true) => boot_id()?.map_or(Self::Untold, |boot| Self::Local(format!("{boot}:{device:x}"))),
        })
    }

    /// The domain's name in a claim.
    pub fn name(&self) -> &str {
        if let Self::Local(name) = self { name } else { UNKNOWN }
    }

    /// Whether the file system's word on a file can be relied on: the inode number, and the time, which is then by this machine's clock.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local(_))
    }

    /// Whether a claim with this name is of this domain.
    pub fn has(&self, name: &str) -> bool {
        matches!(self, Self::Local(ours) if ours == name)
    }
}

/// The id of this kernel boot, if the system tells it. Containers on one kernel share the id, virtual machines don't.
fn boot_id() -> Result<Option<&'static str>> {
    static KNOWN: OnceLock<String> = OnceLock::new();
    if KNOWN.get().is_none() {
        let read = match read_boot_id() {
            // There is no /proc. As an error, `NotFound` would mean that the journal's directory is gone.
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            read => optional(read.during("open", Path::new(BOOT_ID)))?,
        };
        if let Some(id) = read {
            drop(KNOWN.set(id.trim().replace('-', ""))); // another thread may have set it meanwhile
        }
    }
    Ok(KNOWN.get().map(String::as_str))
}

/// Where the system tells the id of the boot.
const BOOT_ID: &str =
    if cfg!(target_os = "macos") { "kern.bootsessionuuid" } else { "/proc/sys/kernel/random/boot_id" };

#[cfg(target_os = "linux")]
fn read_boot_id() -> io::Result<String> {
    let id = crate::sys::read_all(&File::open(BOOT_ID)?, 64, 64)?;
    Ok(String::from_utf8_lossy(&id).into_owned())
}

#[cfg(target_os = "macos")]
fn read_boot_id() -> io::Result<String> {
    let name = std::ffi::CString::new(BOOT_ID)?;
    let mut uuid = [0u8; 64];
    let mut len = uuid.len();
    // SAFETY: the name is a C string, the buffer and its length belong together, and nothing is set.
    let status =
        unsafe { libc::sysctlbyname(name.as_ptr(), uuid.as_mut_ptr().cast(), &raw mut len, std::ptr::null_mut(), 0) };
    if status != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(String::from_utf8_lossy(&uuid[..len]).trim_end_matches('\0').to_owned())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn read_boot_id() -> io::Result<String> {
    Err(ErrorKind::NotFound.into())
}

/// Whether the file system is known to be this kernel's own, so that no other machine can have the guard open.
fn is_local(file: &File) -> io::Result<bool> {
    let mut statfs = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the descriptor is open as long as `file` is borrowed, and the buffer has the size that the call fills.
    if unsafe { libc::fstatfs(file.as_raw_fd(), statfs.as_mut_ptr()) } == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it has filled the whole buffer.
    Ok(is_local_type(&unsafe { statfs.assume_init() }))
}

/// Whether the magic number of Linux's `statfs(2)` is that of a local file system. NFS, SMB, 9p, FUSE and virtiofs are not local.
#[cfg(target_os = "linux")]
fn is_local_type(statfs: &libc::statfs) -> bool {
    const EXT: u32 = 0xef53;
    const XFS: u32 = 0x5846_5342;
    const BTRFS: u32 = 0x9123_683e;
    const ZFS: u32 = 0x2fc1_2fc1;
    const F2FS: u32 = 0xf2f5_2010;
    const BCACHEFS: u32 = 0xca45_1a4e;
    const TMPFS: u32 = 0x0102_1994;
    const OVERLAY: u32 = 0x794c_7630;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "32 bits, signed or not")]
    let magic = statfs.f_type as u32;
    [EXT, XFS, BTRFS, ZFS, F2FS, BCACHEFS, TMPFS, OVERLAY].contains(&magic)
}

#[cfg(target_os = "macos")]
fn is_local_type(statfs: &libc::statfs) -> bool {
    // SAFETY: the kernel ends the name with a NUL, within the array.
    let name = unsafe { std::ffi::CStr::from_ptr(statfs.f_fstypename.as_ptr()) };
    [c"apfs", c"hfs"].contains(&name)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn is_local_type(_: &libc::statfs) -> bool {
    false
}

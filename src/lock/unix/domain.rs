//! The lock domain: the processes for whom a kernel lock on the guard really excludes.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::OnceLock;

use crate::error::{Context, Error, Result};

/// No other process is known to be in our domain.
pub const UNKNOWN: &str = "-";

/// One kernel boot and one local file system, that of the guard on `device`; [`UNKNOWN`] where either can't be told.
pub fn of(guard: &File, device: u64, path: &Path) -> Result<String> {
    let is_local = is_local(guard).during("fstatfs", path)?;
    Ok(match boot_id()? {
        Some(boot) if is_local => format!("{boot}:{device:x}"),
        _ => UNKNOWN.to_owned(),
    })
}

/// This kernel boot, if the system tells it; containers on one kernel share it, virtual machines don't.
fn boot_id() -> Result<Option<&'static str>> {
    static KNOWN: OnceLock<String> = OnceLock::new();
    if KNOWN.get().is_none() {
        match read_boot_id() {
            Ok(id) => drop(KNOWN.set(id.trim().replace('-', ""))), // by another thread, then
            Err(Error::Io { source, .. })
                if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(KNOWN.get().map(String::as_str))
}

#[cfg(target_os = "linux")]
fn read_boot_id() -> Result<String> {
    let path = Path::new("/proc/sys/kernel/random/boot_id");
    let file = File::open(path).during("open", path)?;
    let id = crate::sys::read_all(&file, 64, 64).during("read", path)?;
    Ok(String::from_utf8_lossy(&id).into_owned())
}

#[cfg(target_os = "macos")]
fn read_boot_id() -> Result<String> {
    let mut uuid = [0u8; 64];
    let mut len = uuid.len();
    // SAFETY: the name is a C string, the buffer and its length belong together, and nothing is set.
    let status = unsafe {
        libc::sysctlbyname(
            c"kern.bootsessionuuid".as_ptr(),
            uuid.as_mut_ptr().cast(),
            &raw mut len,
            std::ptr::null_mut(),
            0,
        )
    };
    if status != 0 {
        return Err(io::Error::last_os_error()).during("sysctl", Path::new("kern.bootsessionuuid"));
    }
    Ok(String::from_utf8_lossy(&uuid[..len]).trim_end_matches('\0').to_owned())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn read_boot_id() -> Result<String> {
    Err(io::Error::from(ErrorKind::NotFound)).during("open", Path::new("no boot id"))
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

/// By the magic numbers of Linux's `statfs(2)`; NFS, SMB, 9p, FUSE and virtiofs are not among them.
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

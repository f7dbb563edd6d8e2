//! Files that have no name until they are whole, so that no crash leaves a part of one behind.

use std::fs::File;
use std::io;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicBool, Ordering};

/// Creates a file without a name, which can get a name in this directory. `None` where that can't be done.
#[cfg(target_os = "linux")]
pub fn create_unnamed(directory: &Path) -> Option<File> {
    use std::os::unix::fs::OpenOptionsExt;

    if !CAN_BE_NAMED.load(Ordering::Relaxed) {
        return None;
    }
    // The error does not matter: the caller then creates a file with a name, and meets the same error if there is one.
    File::options().read(true).write(true).custom_flags(libc::O_TMPFILE).open(directory).ok()
}

/// Gives a free name to a file that has none.
#[cfg(target_os = "linux")]
pub fn give_name(file: &File, path: &Path) -> io::Result<()> {
    use std::ffi::CString;
    use std::os::fd::AsRawFd;
    use std::os::unix::ffi::OsStrExt;

    let path = CString::new(path.as_os_str().as_bytes())?;
    let (file, flags) = (file.as_raw_fd(), libc::AT_EMPTY_PATH);
    // SAFETY: both paths are C strings that outlive the call, and the descriptor is open as long as `file` is borrowed.
    if unsafe { libc::linkat(file, c"".as_ptr(), libc::AT_FDCWD, path.as_ptr(), flags) } == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::NotFound {
        CAN_BE_NAMED.store(false, Ordering::Relaxed);
    }
    Err(error)
}

/// Whether this process may name such files. Before Linux 6.10 naming one needs a capability; without that, the error is that there is no
/// such file.
#[cfg(target_os = "linux")]
static CAN_BE_NAMED: AtomicBool = AtomicBool::new(true);

/// On this system every file has a name.
#[cfg(not(target_os = "linux"))]
pub fn create_unnamed(_: &Path) -> Option<File> {
    None
}

/// On this system every file has a name.
#[cfg(not(target_os = "linux"))]
pub fn give_name(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

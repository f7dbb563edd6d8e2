//! System errors with the names, numbers and words of libuv, as Node's own `fs` shows them.

use std::io;

/// How Node describes a system error.
pub struct Cause {
    pub code: &'static str,
    pub errno: i32,
    pub text: &'static str,
}

impl Cause {
    pub fn is_unknown(&self) -> bool {
        self.errno == UNKNOWN
    }
}

pub fn describe(error: &io::Error) -> Cause {
    let raw = error.raw_os_error().unwrap_or_default();
    let known = KNOWN.iter().find(|(number, ..)| *number == raw);
    known.map_or(Cause { code: "UNKNOWN", errno: UNKNOWN, text: "unknown error" }, |&(_, errno, code, text)| Cause {
        code,
        errno,
        text,
    })
}

/// `UV_UNKNOWN`
const UNKNOWN: i32 = -4094;

/// The system's number, libuv's, its name and its words.
type Known = (i32, i32, &'static str, &'static str);

#[cfg(unix)]
const KNOWN: &[Known] = &[
    unix(libc::EACCES, "EACCES", "permission denied"),
    unix(libc::EAGAIN, "EAGAIN", "resource temporarily unavailable"),
    unix(libc::EBUSY, "EBUSY", "resource busy or locked"),
    unix(libc::EDQUOT, "EDQUOT", "disk quota exceeded"),
    unix(libc::EEXIST, "EEXIST", "file already exists"),
    unix(libc::EFBIG, "EFBIG", "file too large"),
    unix(libc::EINVAL, "EINVAL", "invalid argument"),
    unix(libc::EIO, "EIO", "i/o error"),
    unix(libc::EISDIR, "EISDIR", "illegal operation on a directory"),
    unix(libc::ELOOP, "ELOOP", "too many symbolic links encountered"),
    unix(libc::EMFILE, "EMFILE", "too many open files"),
    unix(libc::EMLINK, "EMLINK", "too many links"),
    unix(libc::ENAMETOOLONG, "ENAMETOOLONG", "name too long"),
    unix(libc::ENFILE, "ENFILE", "file table overflow"),
    unix(libc::ENODEV, "ENODEV", "no such device"),
    unix(libc::ENOENT, "ENOENT", "no such file or directory"),
    unix(libc::ENOMEM, "ENOMEM", "not enough memory"),
    unix(libc::ENOSPC, "ENOSPC", "no space left on device"),
    unix(libc::ENOSYS, "ENOSYS", "function not implemented"),
    unix(libc::ENOTDIR, "ENOTDIR", "not a directory"),
    unix(libc::ENOTEMPTY, "ENOTEMPTY", "directory not empty"),
    unix(libc::ENOTSUP, "ENOTSUP", "operation not supported on socket"),
    unix(libc::ENOTTY, "ENOTTY", "inappropriate ioctl for device"),
    unix(libc::ENXIO, "ENXIO", "no such device or address"),
    unix(libc::EPERM, "EPERM", "operation not permitted"),
    unix(libc::EROFS, "EROFS", "read-only file system"),
    unix(libc::ESTALE, "ESTALE", "stale file handle"),
    unix(libc::ETXTBSY, "ETXTBSY", "text file is busy"),
    unix(libc::EXDEV, "EXDEV", "cross-device link not permitted"),
];

/// On Unix libuv's number is the system's, negated.
#[cfg(unix)]
const fn unix(errno: i32, code: &'static str, text: &'static str) -> Known {
    (errno, -errno, code, text)
}

/// libuv's translation of the Windows errors that file operations give. libuv has no name for some others: 53, 59, 67, 303 and 1224, for
/// example.
#[cfg(windows)]
const KNOWN: &[Known] = &[
    (1, -4068, "EISDIR", "illegal operation on a directory"),
    (2, -4058, "ENOENT", "no such file or directory"),
    (3, -4058, "ENOENT", "no such file or directory"),
    (4, -4066, "EMFILE", "too many open files"),
    (5, -4048, "EPERM", "operation not permitted"),
    (6, -4083, "EBADF", "bad file descriptor"),
    (8, -4057, "ENOMEM", "not enough memory"),
    (13, -4071, "EINVAL", "invalid argument"),
    (14, -4057, "ENOMEM", "not enough memory"),
    (15, -4058, "ENOENT", "no such file or directory"),
    (17, -4037, "EXDEV", "cross-device link not permitted"),
    (19, -4047, "EROFS", "read-only file system"),
    (23, -4070, "EIO", "i/o error"),
    (31, -4070, "EIO", "i/o error"),
    (32, -4082, "EBUSY", "resource busy or locked"),
    (33, -4082, "EBUSY", "resource busy or locked"),
    (39, -4055, "ENOSPC", "no space left on device"),
    (50, -4049, "ENOTSUP", "operation not supported on socket"),
    (64, -4077, "ECONNRESET", "connection reset by peer"),
    (80, -4075, "EEXIST", "file already exists"),
    (82, -4055, "ENOSPC", "no space left on device"),
    (87, -4071, "EINVAL", "invalid argument"),
    (110, -4070, "EIO", "i/o error"),
    (112, -4055, "ENOSPC", "no space left on device"),
    (121, -4039, "ETIMEDOUT", "connection timed out"),
    (122, -4071, "EINVAL", "invalid argument"),
    (123, -4058, "ENOENT", "no such file or directory"),
    (145, -4051, "ENOTEMPTY", "directory not empty"),
    (161, -4058, "ENOENT", "no such file or directory"),
    (183, -4075, "EEXIST", "file already exists"),
    (206, -4064, "ENAMETOOLONG", "name too long"),
    (223, -4036, "EFBIG", "file too large"),
    (267, -4058, "ENOENT", "no such file or directory"),
    (998, -4092, "EACCES", "permission denied"),
    (1117, -4070, "EIO", "i/o error"),
    (1314, -4048, "EPERM", "operation not permitted"),
    (1393, -4070, "EIO", "i/o error"),
    (1920, -4092, "EACCES", "permission denied"),
    (1921, -4067, "ELOOP", "too many symbolic links encountered"),
    (4392, -4058, "ENOENT", "no such file or directory"),
];

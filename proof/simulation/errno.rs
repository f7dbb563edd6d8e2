//! The error numbers of Linux that the simulated system gives.

pub type Errno = i32;

pub const EPERM: Errno = 1;
pub const ENOENT: Errno = 2;
pub const ESRCH: Errno = 3;
pub const EINTR: Errno = 4;
pub const EIO: Errno = 5;
pub const EACCES: Errno = 13;
pub const EEXIST: Errno = 17;
pub const EISDIR: Errno = 21;
pub const EINVAL: Errno = 22;
pub const EMFILE: Errno = 24;
pub const ENOSPC: Errno = 28;
pub const ENOLCK: Errno = 37;
pub const EOPNOTSUPP: Errno = 95;

pub fn name(errno: Errno) -> String {
    let known = match errno {
        EPERM => "EPERM",
        ENOENT => "ENOENT",
        ESRCH => "ESRCH",
        EINTR => "EINTR",
        EIO => "EIO",
        EACCES => "EACCES",
        EEXIST => "EEXIST",
        EISDIR => "EISDIR",
        EINVAL => "EINVAL",
        EMFILE => "EMFILE",
        ENOSPC => "ENOSPC",
        ENOLCK => "ENOLCK",
        EOPNOTSUPP => "EOPNOTSUPP",
        _ => return format!("error {errno}"),
    };
    known.to_owned()
}

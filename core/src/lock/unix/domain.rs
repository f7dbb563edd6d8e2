//! The lock domain: the writers that a kernel lock on the directory surely excludes from each other.

use super::super::claim::UNKNOWN;
use crate::sys::{self, Dir, Stat};

/// Where a writer is.
#[derive(Debug)]
pub struct Domain {
    /// Whether the file system is known to be this kernel's own. Then what it says of a file is reliable: the inode number, and the time, which is
    /// by this machine's clock.
    pub is_local: bool,
    /// Whether the system does not say what the file system is, or which boot this is.
    pub is_untold: bool,
    /// The boot, the device and the inode of the directory, for a writer that has the kernel lock on a local file system; else `-`.
    pub name: String,
}

impl Domain {
    pub fn of(dir: &Dir, stat: &Stat, is_locked: bool) -> Self {
        // Without a boot id nobody could distinguish this boot's claims from another's.
        let local = dir.is_local();
        let boot = sys::boot_id().filter(|_| local.as_ref().is_ok_and(|&local| local));
        let is_untold = boot.is_none() && !matches!(local, Ok(false));
        let name = boot.filter(|_| is_locked).map(|boot| format!("{boot}:{:x}:{:x}", stat.id.0, stat.id.1));
        Self { is_local: boot.is_some(), is_untold, name: name.unwrap_or_else(|| UNKNOWN.to_owned()) }
    }

    /// Whether the writer knows who else is in its domain.
    pub fn is_known(&self) -> bool {
        self.name != UNKNOWN
    }
}

/// The name of a domain's reusable lockfile. A claim's domain is anybody's text: `None` for one that could name something else.
pub fn reusable(domain: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
    let is_name = domain != UNKNOWN && !domain.is_empty() && domain.bytes().all(is_plain);
    is_name.then(|| super::super::private_name(&domain.replace(':', "-")))
}

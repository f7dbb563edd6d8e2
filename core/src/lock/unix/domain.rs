//! The lock domain: the processes that a kernel lock on the guard really excludes from each other.

use std::path::Path;

use crate::degraded::optional;
use crate::error::{Context, Result};
use crate::sys::{self, File};

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
        Ok(match optional(guard.is_local().during("fstatfs", path))? {
            None => Self::Untold,
            Some(false) => Self::Foreign,
            Some(true) => sys::boot_id().map_or(Self::Untold, |boot| Self::Local(format!("{boot}:{device:x}"))),
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

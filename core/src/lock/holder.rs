//! Who holds the lock. Messages tell it; no decision depends on it.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::claim::{Claimant, Native};
use crate::sys;

/// The most bytes that a lockfile can have. A real one is far shorter, and a longer file is no lockfile.
pub(super) const MAX_LEN: u64 = 1024;

/// Who, or what, was in the way when a wait for the lock ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeldBy {
    /// A writer.
    Holder(Holder),
    /// Nobody that can be named: at that moment there was no lockfile, or none that this process may read. The lock went from hand to
    /// hand, or a writer that is stopped has the guard.
    Unknown,
    /// The lockfile names no process: it was created but not stamped yet, or has no pid in it.
    Unstamped,
    /// Something that codegraph has not written stands at the lockfile's name. It is left alone.
    NotALockfile,
}

/// A writer that holds the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// The writer's process id, as the writer sees itself. In another PID namespace the number means nothing here.
    pub pid: u32,
    /// The program that the writer runs, and its first argument. Known on Linux only, and of a native only in this process's PID namespace.
    pub command: Option<String>,
    /// For how long the writer has had the lock.
    pub age: Duration,
    /// Whether the writer uses this crate, and not the JS module.
    pub native: bool,
}

impl HeldBy {
    /// Looks at the lockfile.
    pub(super) fn look(lockfile: &Path) -> Self {
        let Ok(stat) = sys::stat(lockfile) else { return Self::Unknown };
        if !stat.is_file || stat.len > MAX_LEN {
            return Self::NotALockfile;
        }
        let text = sys::open(lockfile).and_then(|file| sys::read_all(&file, stat.len, MAX_LEN));
        let Ok(text) = text else { return Self::Unknown };
        let age = stat.modified.and_then(|modified| sys::clock().duration_since(modified).ok()).unwrap_or_default();
        match Claimant::parse(&String::from_utf8_lossy(&text)) {
            Claimant::Native(Native { pid, pid_namespace, .. }) => {
                let pid = pid.unsigned_abs();
                let command = (pid_namespace == sys::pid_namespace()).then(|| sys::command_of(pid)).flatten();
                Self::Holder(Holder { pid, command, age, native: true })
            }
            Claimant::Js { pid } => {
                let pid = pid.unsigned_abs();
                Self::Holder(Holder { pid, command: sys::command_of(pid), age, native: false })
            }
            Claimant::Unknown => Self::Unstamped,
        }
    }
}

impl fmt::Display for HeldBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holder(Holder { pid, command, age, native }) => {
                let module = if *native { "codegraph-journal" } else { "codegraph's JS module" };
                write!(f, "process {pid}")?;
                if let Some(command) = command {
                    write!(f, " ({command})")?;
                }
                write!(f, " has held it for {:.1} s, through {module}", age.as_secs_f64())
            }
            Self::Unknown => f.write_str("other writers kept taking it, or one that is stopped has its guard"),
            Self::Unstamped => f.write_str("its lockfile names no process"),
            Self::NotALockfile => f.write_str("what is there is no lockfile of codegraph's; remove it"),
        }
    }
}

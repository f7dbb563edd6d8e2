//! What a process remembers from call to call.

use std::sync::Mutex;
use std::time::Instant;

use crate::sys::FileId;

/// What a process remembers from call to call. It only decides when something is tried.
#[derive(Debug)]
pub struct Memory {
    /// The directory that this process has swept last, how many of its writes there have swept, and when the last one did.
    pub swept: Mutex<Option<(FileId, u32, Instant)>>,
    /// The directory whose kernel lock has a holder that stands still.
    #[cfg_attr(windows, expect(dead_code, reason = "on Windows no kernel lock is taken"))]
    pub stuck: Mutex<Option<FileId>>,
}

impl Memory {
    pub const fn new() -> Self {
        Self { swept: Mutex::new(None), stuck: Mutex::new(None) }
    }

    /// Makes it the memory of a new process.
    #[cfg(simulation)]
    pub fn forget(&self) {
        *self.swept.lock().expect("no panic") = None;
        *self.stuck.lock().expect("no panic") = None;
    }
}

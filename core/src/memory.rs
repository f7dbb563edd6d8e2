//! What a process remembers from call to call.

use std::path::PathBuf;
use std::sync::Mutex;

use crate::lock::Watch;

/// What a process remembers from call to call. Nothing depends on it but how often something is tried.
#[derive(Debug)]
pub struct Memory {
    /// Which journal this process has written to last, since when, and how many of these writes have swept.
    pub swept: Mutex<(Watch<PathBuf>, u32)>,
    /// The file systems, by device, on which overwriting has failed.
    pub refused: Mutex<Vec<u64>>,
}

impl Memory {
    pub const fn new() -> Self {
        Self { swept: Mutex::new((Watch::new(), 0)), refused: Mutex::new(Vec::new()) }
    }

    /// Makes it the memory of a new process.
    #[cfg(simulation)]
    pub fn forget(&self) {
        *self.swept.lock().expect("no panic") = (Watch::new(), 0);
        self.refused.lock().expect("no panic").clear();
    }
}

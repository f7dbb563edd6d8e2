//! What a writer makes of each lockfile that it can meet.

mod guarded;
mod held;
mod kept;
mod lost;
mod published;
mod taken_over;

use std::fs::{self, File, FileTimes};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use super::Lock;
use crate::error::Error;
use crate::lock::HeldBy;
use crate::lock::wait::Limit;

/// A timeout for a writer that is expected to wait in vain.
const BRIEF: Limit = Limit { timeout: Duration::from_millis(50), cancel: None };
/// The default timeout, for a writer that is expected to get in.
const PATIENT: Limit = Limit { timeout: Duration::from_secs(5), cancel: None };

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn journal(&self) -> PathBuf {
        self.0.path().join("changes.journal")
    }

    fn lockfile(&self) -> PathBuf {
        self.0.path().join("changes.journal.lock")
    }

    /// Puts a lockfile there, `age` seconds old.
    fn stage(&self, text: &str, age: f64) {
        self.stage_at(text, SystemTime::now() - Duration::from_secs_f64(age));
    }

    fn stage_at(&self, text: &str, mtime: SystemTime) {
        fs::write(self.lockfile(), text).unwrap();
        File::options()
            .write(true)
            .open(self.lockfile())
            .unwrap()
            .set_times(FileTimes::new().set_modified(mtime))
            .unwrap();
    }

    /// The names in the directory, without that of a kept claim.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| !is_kept(name)).collect();
        names.sort();
        names
    }

    /// Acquires and releases the lock, which leaves nothing behind but the guard and a kept claim. Returns how long the acquisition took.
    fn expect_acquired(&self, takeovers: u32) -> Duration {
        let start = Instant::now();
        let mut lock = Lock::acquire(&self.journal(), &PATIENT).unwrap();
        let took = start.elapsed();
        assert!(lock.is_ours().unwrap());
        assert_eq!(lock.takeovers().0, takeovers);
        assert!(lock.release().unwrap());
        drop(lock);
        assert_eq!(self.names(), ["changes.journal.guard"]);
        took
    }

    /// Waits in vain, and what is there stays.
    fn expect_held(&self) -> HeldBy {
        let names = || self.names().into_iter().filter(|name| !name.contains(".guard")).collect::<Vec<_>>();
        let before = names();
        match Lock::acquire(&self.journal(), &BRIEF) {
            Err(Error::LockTimeout { path, timeout, held_by }) => {
                assert_eq!((path, timeout), (self.lockfile(), BRIEF.timeout));
                assert_eq!(names(), before);
                held_by
            }
            other => panic!("not held: {other:?}"),
        }
    }
}

/// Whether this is the name of a kept claim: it has a boot, and that of a private file a pid.
fn is_kept(name: &str) -> bool {
    const BOOT_LEN: usize = 32;
    let rest = name.strip_prefix("changes.journal.lock.").and_then(|rest| rest.split_once('-'));
    rest.is_some_and(|(boot, _)| boot.len() == BOOT_LEN)
}

/// A pid that no process has: that of a child that has ended and was waited for.
fn dead_pid() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

/// A claim as a native of this domain leaves it that was killed.
fn dead_native(place: &Place) -> String {
    let lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    let claim = fs::read_to_string(place.lockfile()).unwrap();
    drop(lock);
    claim
}

fn js(pid: u32) -> String {
    format!("{pid}\n{pid}-0011223344556677\n")
}

//! What every system has: clocks, sleep, and this process.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, process, thread};

use rand::rngs::{SmallRng, SysRng};
use rand::{Rng, SeedableRng};

use crate::memory::Memory;

/// The wall clock, which can be set.
pub fn clock() -> SystemTime {
    SystemTime::now()
}

/// The monotonic clock.
pub fn instant() -> Instant {
    Instant::now()
}

pub fn sleep(pause: Duration) {
    thread::sleep(pause);
}

/// A random number, from a generator that the system has seeded. A forked child seeds its own.
pub fn random() -> u64 {
    static GENERATOR: Mutex<Option<(u32, SmallRng)>> = Mutex::new(None);
    let mut generator = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    match &mut *generator {
        Some((seeded_by, numbers)) if *seeded_by == process::id() => numbers.next_u64(),
        stale => stale.insert((process::id(), seeded())).1.next_u64(),
    }
}

/// If the system gives no random numbers, two processes of one pid, on two machines for example, differ by the time in nanoseconds.
fn seeded() -> SmallRng {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos = since_1970.as_secs() << 30 ^ u64::from(since_1970.subsec_nanos());
    let instead = |_| SmallRng::seed_from_u64(nanos ^ u64::from(process::id()) << 32);
    SmallRng::try_from_rng(&mut SysRng).unwrap_or_else(instead)
}

pub fn process_id() -> u32 {
    process::id()
}

/// What this process remembers from call to call.
pub fn memory() -> &'static Memory {
    static MEMORY: Memory = Memory::new();
    &MEMORY
}

/// What a process runs, on Linux: the program and its first argument, a script for example. Further arguments are left out, because they can be
/// secret.
pub fn command_of(pid: u32) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None; // elsewhere that path is an ordinary file's
    }
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let line = String::from_utf8_lossy(&line).split('\0').take(2).collect::<Vec<_>>().join(" ");
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// The state of a process, as a letter of Linux's `/proc/<pid>/stat`: `T` if it is stopped, `Z` if it has ended.
pub fn state_letter(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(") ").next()?.chars().next()
}

/// The process that has the kernel lock of a directory, if the system shows it.
#[cfg(target_os = "linux")]
pub fn locker(dir: &Path) -> Option<u32> {
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let (device, inode) = super::stat(dir).ok()?.id;
    let id = format!("{:02x}:{:02x}:{inode}", rustix::fs::major(device), rustix::fs::minor(device));
    locks.lines().find_map(|line| match line.split_ascii_whitespace().collect::<Vec<_>>()[..] {
        [_, "FLOCK", _, _, pid, locked, ..] if locked == id => pid.parse().ok(),
        _ => None,
    })
}

/// This system does not show it.
#[cfg(not(target_os = "linux"))]
pub fn locker(_: &Path) -> Option<u32> {
    None
}

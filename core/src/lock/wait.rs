//! Waiting: the only place that sleeps or looks at a deadline.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::sys;

/// The shortest pause, before the random part is subtracted. A lock is held for some 50 µs, and the kernel's timer makes a pause longer by
/// about as much.
const SHORTEST_PAUSE: Duration = Duration::from_micros(50);

/// The longest pause, before the random part is subtracted. With it a waiter takes one or two hundredths of a core: in a virtual machine each
/// sleep costs some 20 µs.
const LONGEST_PAUSE: Duration = Duration::from_millis(2);

/// The next pause is the wait so far, divided by this number. So a waiter wakes late by a twentieth of the wait at most, or by the shortest
/// pause.
const PART: u32 = 20;

/// The grace period of *settle*: longer than any writer needs from judging a lockfile to writing into it.
#[cfg(unix)]
pub(super) const SETTLE: Duration = Duration::from_millis(100);

/// What ends a wait for the lock before the writer has it.
#[derive(Debug, Clone)]
pub struct Limit {
    /// The timeout of one acquisition.
    pub timeout: Duration,
    /// Set by the caller that no longer wants the lock. Only waits look at this flag: a write that has begun is finished.
    pub cancel: Option<Arc<AtomicBool>>,
}

/// One wait for one lock, with its deadline by the monotonic clock.
#[derive(Debug)]
pub struct Wait {
    /// `None` means never.
    deadline: Option<Instant>,
    cancel: Option<Arc<AtomicBool>>,
    /// When this wait slept first, if it has slept.
    slept: Option<Instant>,
}

/// Why a wait has ended without the lock.
#[derive(Debug, Clone, Copy)]
pub enum Ended {
    /// The deadline has passed.
    Elapsed,
    /// Nobody wants the lock any more.
    Cancelled,
}

impl Wait {
    pub fn new(limit: &Limit) -> Self {
        Self { deadline: sys::instant().checked_add(limit.timeout), cancel: limit.cancel.clone(), slept: None }
    }

    /// Sleeps a moment before the next try. The longer the wait, the longer the pause. A random part, up to a half, is taken off, so that
    /// waiters don't wake together.
    pub fn pause(&mut self) -> Result<(), Ended> {
        let half = (self.waited() / PART).clamp(SHORTEST_PAUSE, LONGEST_PAUSE) / 2;
        self.sleep(half + half * jitter() / 1024)
    }

    fn sleep(&mut self, pause: Duration) -> Result<(), Ended> {
        let left = self.left()?;
        self.slept.get_or_insert_with(sys::instant);
        sys::sleep(left.min(pause));
        Ok(())
    }

    /// Checks whether to go on, without sleeping, before a try that follows at once.
    #[cfg(unix)]
    pub fn check(&self) -> Result<(), Ended> {
        self.left().map(drop)
    }

    /// How long this wait has taken since its first sleep; zero if it never slept.
    pub fn waited(&self) -> Duration {
        self.slept.map_or(Duration::ZERO, since)
    }

    fn left(&self) -> Result<Duration, Ended> {
        if self.cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            return Err(Ended::Cancelled);
        }
        let Some(deadline) = self.deadline else { return Ok(Duration::MAX) };
        let left = deadline.saturating_duration_since(sys::instant());
        if left.is_zero() { Err(Ended::Elapsed) } else { Ok(left) }
    }
}

/// How long ago that was, by the monotonic clock.
pub fn since(instant: Instant) -> Duration {
    sys::instant().saturating_duration_since(instant)
}

/// How long something has looked the same to this process, by the monotonic clock. The file's own time does not count.
#[derive(Debug)]
pub struct Watch<T> {
    seen: Option<(T, Instant)>,
}

impl<T: PartialEq> Watch<T> {
    pub const fn new() -> Self {
        Self { seen: None }
    }

    /// How long the thing had surely looked the same when this look began. The first look gives zero, and so does the first look after a change.
    /// The watch then begins at the end of that look, because a look may take long.
    pub fn look(&mut self, sight: T, began: Instant) -> Duration {
        match &self.seen {
            Some((seen, since)) if *seen == sight => began.saturating_duration_since(*since),
            _ => {
                self.seen = Some((sight, sys::instant()));
                Duration::ZERO
            }
        }
    }
}

/// Repeats an attempt that fails only for a moment, as on Windows while a virus scanner or a reader has the file open.
pub fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut wait = Wait::new(&Limit { timeout: Duration::MAX, cancel: None });
    loop {
        match attempt() {
            Err(error) if wait.waited() < sys::patience(&error) && wait.pause().is_ok() => {}
            done => return done,
        }
    }
}

/// Sleeps for the grace period. By its end everybody who judged a lockfile before its beginning has acted.
#[cfg(unix)]
pub fn settle() {
    sys::sleep(SETTLE);
}

/// A number from 0 to 1023, out of the clock's nanoseconds: these differ from waiter to waiter.
fn jitter() -> u32 {
    sys::clock().duration_since(UNIX_EPOCH).map_or(0, |now| now.subsec_nanos() % 1024)
}

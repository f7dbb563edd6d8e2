//! Waiting: the only place that sleeps or looks at a deadline.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::sys;

/// The first pause is as short as the kernel's timer allows; a lock is held for some 50 µs.
const FIRST_PAUSE: Duration = Duration::from_micros(50);

/// The longest one at first. A waiter wakes at most this long after a release.
const LONGEST_PAUSE: Duration = Duration::from_millis(1);

/// After this it is no queue of writers that is waited for, but one that takes long, or is stopped.
const LONG: Duration = Duration::from_millis(20);

/// The longest pause from then on: sleeping itself costs some 20 µs of a core, in a virtual machine.
const LONGEST_PAUSE_LATER: Duration = Duration::from_millis(2);

/// The length of a rest, and so about the longest time from a cancellation to the end of the wait.
#[cfg(unix)]
const REST: Duration = Duration::from_millis(10);

/// Longer than any writer needs from judging a lockfile to having stolen it.
#[cfg(unix)]
pub(super) const SETTLE: Duration = Duration::from_millis(100);

/// How long a holder puts up with others who have the journal open.
const PATIENCE: Duration = Duration::from_secs(1);

/// What ends a wait for the lock before the lock is had.
#[derive(Debug, Clone)]
pub struct Limit {
    /// For one acquisition.
    pub timeout: Duration,
    /// Set by whoever no longer wants the lock. Only waits look at it: what has begun to write is finished.
    pub cancel: Option<Arc<AtomicBool>>,
}

/// One wait for one lock, with its deadline by the monotonic clock.
#[derive(Debug)]
pub struct Wait {
    /// None is never.
    deadline: Option<Instant>,
    cancel: Option<Arc<AtomicBool>>,
    pause: Duration,
    /// When it first slept, if it has.
    slept: Option<Instant>,
}

/// Why a wait has ended in vain.
#[derive(Debug, Clone, Copy)]
pub enum Ended {
    /// The deadline has passed.
    Elapsed,
    /// Nobody wants the lock any more.
    Cancelled,
}

impl Wait {
    pub fn new(limit: &Limit) -> Self {
        Self {
            deadline: Instant::now().checked_add(limit.timeout),
            cancel: limit.cancel.clone(),
            pause: FIRST_PAUSE,
            slept: None,
        }
    }

    /// Sleeps a moment before the next try, each time longer and never twice the same, so that waiters don't march in step.
    pub fn pause(&mut self) -> Result<(), Ended> {
        let half = self.pause / 2;
        self.sleep(half + half * jitter() / 1024)?;
        let longest = if self.is_long() { LONGEST_PAUSE_LATER } else { LONGEST_PAUSE };
        self.pause = longest.min(self.pause * 3 / 2);
        Ok(())
    }

    /// Sleeps until somebody unparks this thread, or for some milliseconds: there is more to look at.
    #[cfg(unix)]
    pub fn rest(&mut self) -> Result<(), Ended> {
        self.sleep(REST)
    }

    /// Whether it has waited for longer than others need to write.
    pub fn is_long(&self) -> bool {
        self.waited() > LONG
    }

    fn sleep(&mut self, pause: Duration) -> Result<(), Ended> {
        let left = self.left()?;
        self.slept.get_or_insert_with(Instant::now);
        thread::park_timeout(left.min(pause));
        Ok(())
    }

    /// For a try that follows at once: only looks whether to go on.
    #[cfg(unix)]
    pub fn check(&self) -> Result<(), Ended> {
        self.left().map(drop)
    }

    /// For how long it has waited; zero if it never slept.
    pub fn waited(&self) -> Duration {
        self.slept.map_or(Duration::ZERO, |slept| slept.elapsed())
    }

    fn left(&self) -> Result<Duration, Ended> {
        if self.cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            return Err(Ended::Cancelled);
        }
        let Some(deadline) = self.deadline else { return Ok(Duration::MAX) };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Ended::Elapsed) } else { Ok(left) }
    }
}

/// A moment of the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct Moment(Instant);

impl Moment {
    pub fn now() -> Self {
        Self(Instant::now())
    }
}

/// Since when something has not changed, as far as one has seen: by the monotonic clock, whatever others say of their times.
#[derive(Debug)]
pub struct Watch<T> {
    seen: Option<(T, Instant)>,
}

impl<T: PartialEq> Watch<T> {
    pub const fn new() -> Self {
        Self { seen: None }
    }

    /// For how long it had surely looked as it does now when this look began. Zero at the first look, and at the first one after a change:
    /// the watch begins when that look has ended, for it may have taken long.
    pub fn look(&mut self, sight: T, began: Moment) -> Duration {
        match &self.seen {
            Some((seen, since)) if *seen == sight => began.0.saturating_duration_since(*since),
            _ => {
                self.seen = Some((sight, Instant::now()));
                Duration::ZERO
            }
        }
    }
}

/// Does again what fails only for a moment, as on Windows while a virus scanner or a reader has the file open.
pub fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut wait = Wait::new(&Limit { timeout: PATIENCE, cancel: None });
    loop {
        match attempt() {
            Err(error) if sys::is_momentary(&error) && wait.pause().is_ok() => {}
            done => return done,
        }
    }
}

/// Sleeps until everybody who judged a lockfile before now has acted.
#[cfg(unix)]
pub fn settle() {
    thread::sleep(SETTLE);
}

/// From 0 to 1023. The clock's nanoseconds differ between any two that wait.
fn jitter() -> u32 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.subsec_nanos() % 1024)
}

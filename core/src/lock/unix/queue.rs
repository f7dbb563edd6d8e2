//! The kernel's own queue for the guard. It is for long waits: waiting there costs nothing, and ends as soon as the guard is free.
//!
//! The system call that waits there knows no deadline, so a thread of its own makes that call. If the caller has given up, the thread stays
//! until the guard is free, and then frees it at once.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;

/// How many threads of a process may be in queues. While a holder is stopped, perhaps for hours, each call that times out leaves a thread
/// there.
const MOST: usize = 8;

static QUEUED: AtomicUsize = AtomicUsize::new(0);

/// A place in the queue, given up when this is dropped.
#[derive(Debug)]
pub struct Queued {
    /// Receives the result of locking the file, when the turn has come.
    turn: Receiver<io::Result<()>>,
}

impl Queued {
    /// Queues for the lock on a file. The calling thread is unparked when its turn has come. `None` if the caller has to wait by itself.
    ///
    /// A caller that gives up must drop this first and unlock the file then, because the turn may just have come.
    pub fn join(file: &Arc<File>) -> Option<Self> {
        // Elsewhere Node can unmap this library when a worker thread ends, and with it the code that the queued thread is to return to.
        if !cfg!(target_os = "linux") {
            return None;
        }
        if QUEUED.fetch_add(1, Ordering::Relaxed) >= MOST {
            QUEUED.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let (tell, turn) = mpsc::channel();
        let (file, caller) = (Arc::clone(file), thread::current());
        let wait = move || {
            let locked = lock(&file);
            if tell.send(locked).is_err() {
                // Nobody wants the lock any more. Closing the file unlocks it too, unless a forked child shares the description.
                let _ = file.unlock();
            }
            drop(file);
            caller.unpark();
            QUEUED.fetch_sub(1, Ordering::Relaxed);
        };
        let spawned = thread::Builder::new().name("journal-guard".to_owned()).spawn(wait);
        if spawned.is_err() {
            QUEUED.fetch_sub(1, Ordering::Relaxed);
        }
        spawned.is_ok().then_some(Self { turn })
    }

    /// Whether the turn has come, so that the file is locked. Then there is no place in the queue any more.
    pub fn is_over(&self) -> io::Result<bool> {
        match self.turn.try_recv() {
            Ok(locked) => locked.map(|()| true),
            Err(TryRecvError::Empty) => Ok(false),
            Err(TryRecvError::Disconnected) => {
                Err(io::Error::other("the thread that waited for the lock has panicked"))
            }
        }
    }
}

fn lock(file: &File) -> io::Result<()> {
    loop {
        match file.lock() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// Two open files of one guard, of which the first is locked, and a third that shares the description of the second, as a forked child
    /// would.
    fn contended() -> (File, Arc<File>, File) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (holder, waiter) = (file.reopen().unwrap(), file.reopen().unwrap());
        let shared = waiter.try_clone().unwrap();
        holder.lock().unwrap();
        (holder, Arc::new(waiter), shared)
    }

    fn is_soon(mut is: impl FnMut() -> bool) -> bool {
        let deadline = Instant::now() + Duration::from_secs(5);
        while !is() && Instant::now() < deadline {
            thread::park_timeout(Duration::from_millis(10));
        }
        is()
    }

    /// All in one test, because the process counts its threads in one number.
    #[test]
    #[cfg_attr(not(target_os = "linux"), ignore = "nobody queues elsewhere")]
    fn a_turn_comes_when_the_lock_is_free_and_goes_with_its_place() {
        let (holder, waiter, shared) = contended();
        let queued = Queued::join(&waiter).unwrap();
        assert!(!queued.is_over().unwrap(), "the lock is held");
        holder.unlock().unwrap();
        let mut over = false;
        assert!(is_soon(|| {
            over = over || queued.is_over().unwrap();
            over
        }));
        assert!(holder.try_lock().is_err(), "the waiter has it");
        drop(shared);

        let (holder, waiter, _shared) = contended();
        drop(Queued::join(&waiter).unwrap());
        drop(waiter);
        holder.unlock().unwrap();
        let free = || holder.try_lock().is_ok() && holder.unlock().is_ok();
        assert!(is_soon(|| QUEUED.load(Ordering::Relaxed) == 0) && free(), "a place that was given up keeps the lock");

        let (holder, waiter, _shared) = contended();
        let places: Vec<_> = std::iter::from_fn(|| Queued::join(&waiter)).collect();
        assert_eq!(places.len(), MOST);
        drop((places, holder));
        assert!(is_soon(|| QUEUED.load(Ordering::Relaxed) == 0));
    }
}

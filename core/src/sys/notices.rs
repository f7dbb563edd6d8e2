//! Notices of the kernel that a file was closed, or that a name in a directory has gone: inotify, on Linux.

use std::path::Path;
use std::time::Duration;

/// What a waiter wants to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Somebody has closed this file.
    Closed,
    /// A name in this directory was removed, or came to mean another file.
    Renamed,
}

/// Notices of one event, from the making of this on.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub struct Notices {
    inotify: std::fs::File,
}

/// Here there are none.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub enum Notices {}

#[cfg(target_os = "linux")]
impl Notices {
    /// `None` if there can be none, for example because the user's instances of inotify are used up.
    pub fn of(event: Event, path: &Path) -> Option<Self> {
        use std::ffi::CString;
        use std::os::fd::{AsRawFd, FromRawFd};
        use std::os::unix::ffi::OsStrExt;

        let path = CString::new(path.as_os_str().as_bytes()).ok()?;
        let mask = match event {
            Event::Closed => libc::IN_CLOSE | libc::IN_DONT_FOLLOW,
            Event::Renamed => libc::IN_DELETE | libc::IN_MOVED_TO | libc::IN_ONLYDIR,
        };
        // SAFETY: the call takes no pointers.
        let fd = unsafe { libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK) };
        if fd == -1 {
            return None;
        }
        // SAFETY: the descriptor was just made, and nobody else has it.
        let inotify = unsafe { std::fs::File::from_raw_fd(fd) };
        // SAFETY: the path is a C string that outlives the call, and the descriptor is open.
        let watch = unsafe { libc::inotify_add_watch(inotify.as_raw_fd(), path.as_ptr(), mask) };
        (watch != -1).then_some(Self { inotify })
    }

    /// Sleeps until there is a notice, but so long at most. False if that can't be done.
    pub fn sleep(&self, longest: Duration) -> bool {
        use std::io::{ErrorKind, Read};
        use std::os::fd::AsRawFd;

        let mut poll = libc::pollfd { fd: self.inotify.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let seconds = longest.as_secs().min(3600).try_into().expect("an hour fits");
        let timeout = libc::timespec { tv_sec: seconds, tv_nsec: longest.subsec_nanos().into() };
        // SAFETY: the call reads the time and writes one `pollfd`; both outlive the call.
        match unsafe { libc::ppoll(&raw mut poll, 1, &raw const timeout, std::ptr::null()) } {
            0 => return true,
            -1 => return std::io::Error::last_os_error().kind() == ErrorKind::Interrupted,
            _ => {}
        }
        // Notices that don't fit are read the next time.
        let mut notices = [0; 1024];
        match (&self.inotify).read(&mut notices) {
            Ok(read) => read > 0,
            Err(error) => matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock),
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Notices {
    pub fn of(_: Event, _: &Path) -> Option<Self> {
        None
    }

    pub fn sleep(&self, _: Duration) -> bool {
        match *self {}
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::{self, File};
    use std::thread;
    use std::time::Instant;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// Whether a sleep ends by what happens meanwhile, long before it is over.
    fn is_noticed(event: Event, path: &Path, happen: impl FnOnce() + Send) -> bool {
        let notices = Notices::of(event, path).unwrap();
        assert!(notices.sleep(Duration::from_millis(20)), "it ends in time though nothing happens");
        let start = Instant::now();
        thread::scope(|scope| {
            scope.spawn(happen);
            notices.sleep(LONG) && start.elapsed() < LONG / 2
        })
    }

    #[test]
    fn a_release_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let (guard, lockfile) = (dir.path().join("guard"), dir.path().join("lockfile"));
        let open = File::create(&guard).unwrap();
        File::create(&lockfile).unwrap();
        assert!(is_noticed(Event::Closed, &guard, || drop(open)));
        assert!(is_noticed(Event::Renamed, dir.path(), || fs::remove_file(&lockfile).unwrap()));
        assert!(is_noticed(Event::Renamed, dir.path(), || fs::rename(&guard, &lockfile).unwrap()));
    }

    #[test]
    fn there_are_none_of_what_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Notices::of(Event::Closed, &dir.path().join("guard")).is_none());
    }
}

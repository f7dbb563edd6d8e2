//! Who holds the lock. This is for messages: no decision depends on it.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::claim::{Claimant, Native};
use crate::sys;

/// The most bytes that a lockfile can have. A real one is far shorter, and a longer file is not a lockfile.
pub(super) const MAX_LEN: u64 = 1024;

/// What happens to a lockfile whose holder does not remove it, by the JS module's rule ([`STALE`](super::STALE)).
const FREED: &str = "a write takes its lockfile over once that is over 30 s old; its owner may remove it at once";

/// Who, or what, was in the way when a wait for the lock ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeldBy {
    /// A writer.
    Holder(Holder),
    /// Nobody at that moment: other writers took the lock one after another.
    Unknown,
    /// The lockfile can't be read.
    Unreadable(ErrorKind),
    /// The lockfile names no process: it was created but not stamped yet, or has no pid in it.
    Unstamped,
    /// Something that codegraph has not written has the lockfile's name. It is left alone.
    NotALockfile,
}

/// A writer that holds the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// The writer's process id in its own PID namespace. If that is another one, the number means nothing here.
    pub pid: u32,
    /// The program that the writer runs, and its first argument. Known on Linux only, and of a native writer only in this process's PID namespace.
    pub command: Option<String>,
    /// What the process does now.
    pub state: State,
    /// How long the writer has had the lockfile. `None` if no lockfile names the writer, and it has only the directory's kernel lock (reported on
    /// Linux).
    pub age: Option<Duration>,
    /// Whether the writer uses this crate, and not the JS module.
    pub native: bool,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It runs, or waits for something.
    Running,
    /// A signal or a debugger has stopped it (reported on Linux).
    Stopped,
    /// It has ended.
    Dead,
    /// It is in another PID namespace, which this process can't look into.
    Unknown,
}

impl HeldBy {
    /// Looks at the lockfile, and at the directory's kernel lock.
    pub(super) fn look(lockfile: &Path) -> Self {
        let named = Self::named_in(lockfile).unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound => Self::Unknown,
            kind => Self::Unreadable(kind),
        });
        // A native writer that only waits has the kernel lock too. It is in the way if it is stopped, or if nobody else is.
        let is_in_the_way = |locker: &Holder| match &named {
            Self::Unknown => true,
            Self::Holder(Holder { state, .. }) if *state != State::Dead => false,
            _ => locker.state == State::Stopped,
        };
        match Holder::of_kernel_lock(lockfile).filter(is_in_the_way) {
            Some(locker) => Self::Holder(locker),
            None => named,
        }
    }

    fn named_in(lockfile: &Path) -> io::Result<Self> {
        let stat = sys::stat(lockfile)?;
        if !stat.is_file || stat.len > MAX_LEN {
            return Ok(Self::NotALockfile);
        }
        let text = sys::read_all(&sys::open(lockfile)?, stat.len, MAX_LEN)?;
        let age = stat.modified.map(|modified| sys::clock().duration_since(modified).unwrap_or_default());
        Ok(match Claimant::parse(&String::from_utf8_lossy(&text)) {
            Claimant::Native(Native { pid, pid_namespace, .. }) if pid_namespace != sys::pid_namespace() => {
                let pid = pid.unsigned_abs();
                Self::Holder(Holder { pid, command: None, state: State::Unknown, age, native: true })
            }
            Claimant::Native(Native { pid, .. }) => Self::Holder(Holder::new(pid.unsigned_abs(), age, true)),
            Claimant::Js { pid } => Self::Holder(Holder::new(pid.unsigned_abs(), age, false)),
            Claimant::Unknown => Self::Unstamped,
        })
    }
}

impl Holder {
    fn new(pid: u32, age: Option<Duration>, native: bool) -> Self {
        Self { pid, command: sys::command_of(pid), state: State::of(pid), age, native }
    }

    /// Another process that has the kernel lock.
    fn of_kernel_lock(lockfile: &Path) -> Option<Self> {
        let pid = sys::locker(lockfile.parent()?).filter(|&pid| pid != sys::process_id())?;
        Some(Self::new(pid, None, true))
    }
}

impl State {
    fn of(pid: u32) -> Self {
        match sys::state_letter(pid) {
            Some('T' | 't') => Self::Stopped,
            Some('Z' | 'X') => Self::Dead,
            #[cfg(unix)]
            None if i32::try_from(pid).is_ok_and(sys::is_dead) => Self::Dead,
            _ => Self::Running,
        }
    }
}

impl fmt::Display for HeldBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holder(holder) => holder.fmt(f),
            Self::Unknown => f.write_str("other writers kept taking it; call again"),
            Self::Unreadable(kind) => write!(f, "its lockfile can't be read ({kind}): {FREED}"),
            Self::Unstamped => f.write_str("its lockfile names no process"),
            Self::NotALockfile => f.write_str("what is there is not a lockfile of codegraph's; remove it"),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, command, state, age, native } = self;
        let module = if *native { "codegraph-journal" } else { "codegraph's JS module" };
        write!(f, "process {pid}")?;
        if let Some(command) = command {
            write!(f, " ({command})")?;
        }
        match age.map(|age| age.as_secs_f64()) {
            Some(age) if *state == State::Dead => write!(f, " took it {age:.1} s ago, through {module}")?,
            Some(age) => write!(f, " has held it for {age:.1} s, through {module}")?,
            None => f.write_str(" has the kernel lock of the directory")?,
        }
        match state {
            State::Running => Ok(()),
            State::Stopped => write!(f, ", and is stopped: continue it (kill -CONT {pid}) or end it"),
            State::Dead => write!(f, ", and is dead: {FREED}"),
            State::Unknown => f.write_str(", in another PID namespace, where it may be alive or dead"),
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::process::{self, Command};

    use super::*;

    fn told(state: State, age: Option<u64>) -> String {
        let age = age.map(Duration::from_secs);
        HeldBy::Holder(Holder { pid: 7, command: Some("node a.js".to_owned()), state, age, native: true }).to_string()
    }

    #[test]
    fn a_holder_is_told_with_what_it_does_and_what_to_do() {
        let who = "process 7 (node a.js)";
        for (state, age, rest) in [
            (State::Running, Some(5), "has held it for 5.0 s, through codegraph-journal"),
            (State::Running, None, "has the kernel lock of the directory"),
            (
                State::Stopped,
                None,
                "has the kernel lock of the directory, and is stopped: continue it (kill -CONT 7) or end it",
            ),
            (
                State::Dead,
                Some(5),
                "took it 5.0 s ago, through codegraph-journal, and is dead: a write takes its lockfile over once that is over 30 s old; \
                 its owner may remove it at once",
            ),
        ] {
            assert_eq!(told(state, age), format!("{who} {rest}"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_process_is_seen_running_and_dead() {
        assert_eq!(State::of(process::id()), State::Running);
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert_eq!(State::of(child.id()), State::Dead);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_is_seen_stopped_and_with_the_directory_locked() {
        use std::os::unix::process::CommandExt;
        let dir = tempfile::tempdir().unwrap();
        let lockfile = dir.path().join("changes.journal.lock");
        assert_eq!(HeldBy::look(&lockfile), HeldBy::Unknown);
        // The lock goes to the child with the descriptor, but /proc/locks shows who has taken it: a program that does so itself.
        let mut child = Command::new("flock").arg(dir.path()).args(["sleep", "60"]).process_group(0).spawn().unwrap();
        let pid = child.id();
        let seen = |wanted: State| {
            let end = std::time::Instant::now() + Duration::from_secs(20);
            while std::time::Instant::now() < end {
                if matches!(HeldBy::look(&lockfile), HeldBy::Holder(Holder { pid: told, state, age: None, .. })
                    if told == pid && state == wanted)
                {
                    return true;
                }
                std::thread::yield_now();
            }
            false
        };
        let group = rustix::process::Pid::from_child(&child);
        let signal = |signal| rustix::process::kill_process_group(group, signal).unwrap();
        let running = seen(State::Running);
        signal(rustix::process::Signal::STOP);
        let stopped = seen(State::Stopped);
        signal(rustix::process::Signal::KILL);
        child.wait().unwrap();
        assert!(running && stopped, "running: {running}, stopped: {stopped}");
    }
}

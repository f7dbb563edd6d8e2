//! Every file system call of an operation fails once, with each error that the call can fail with. The operation still succeeds, or names the
//! call, the path and the error. Either way it leaves everything in order. A call that the JS module does not make is never the reason for a
//! failure, unless something has run out, or the file system is read-only.

use std::path::Path;
use std::time::Duration;

use codegraph_journal::Degraded;

use crate::place::{BOOT_ID, Beside, HELD, Place, STATES, State, is_kept, promptly};
use crate::strace::{self, Call};
use crate::tally::Tally;
use crate::writer::{BATCH, Operation, Outcome, outcomes};

/// A timeout that is long enough for the grace and a settling.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The timeout where the lock is held, and waiting is in vain.
const BRIEF: Duration = Duration::from_millis(50);
/// How much longer than its timeout a writer may take: for a settling, and for a busy machine.
const SLACK: Duration = Duration::from_millis(700);

/// The names of a call, Node's names for it, and the errors that it can fail with. `lseek` is left out because it can't fail as it is used
/// here. `close` is left out because a `close` that fails has still closed the file, which strace can't imitate.
struct Faults(&'static [&'static str], &'static [&'static str], &'static [Error]);

/// An error: strace's name for it, and its number.
type Error = (&'static str, i32);

const EACCES: Error = ("EACCES", libc::EACCES);
const EDQUOT: Error = ("EDQUOT", libc::EDQUOT);
const EINTR: Error = ("EINTR", libc::EINTR);
const EIO: Error = ("EIO", libc::EIO);
const EMFILE: Error = ("EMFILE", libc::EMFILE);
const ENOENT: Error = ("ENOENT", libc::ENOENT);
const ENOLCK: Error = ("ENOLCK", libc::ENOLCK);
const ENOSPC: Error = ("ENOSPC", libc::ENOSPC);
const ENOTSUP: Error = ("EOPNOTSUPP", libc::ENOTSUP);
const EPERM: Error = ("EPERM", libc::EPERM);
const EROFS: Error = ("EROFS", libc::EROFS);

const FAULTS: [Faults; 13] = [
    Faults(&["open", "openat"], &["open"], &[EACCES, EDQUOT, EINTR, EIO, EMFILE, ENOSPC, EROFS]),
    Faults(&["read", "pread64"], &["read"], &[EINTR, EIO]),
    Faults(&["write", "pwrite64", "pwritev2"], &["write"], &[EDQUOT, EINTR, EIO, ENOSPC]),
    Faults(&["stat", "lstat", "fstat", "newfstatat", "statx"], &["stat", "lstat", "fstat"], &[EACCES, EINTR, EIO]),
    Faults(&["fstatfs"], &["fstatfs"], &[EINTR, EIO]),
    Faults(&["getdents64"], &["scandir"], &[EIO]),
    Faults(&["flock"], &["flock"], &[EINTR, EIO, ENOLCK, ENOTSUP]),
    Faults(&["link", "linkat"], &["link"], &[EACCES, EDQUOT, EINTR, EIO, ENOENT, ENOSPC, EPERM, EROFS]),
    Faults(&["unlink", "unlinkat"], &["unlink"], &[EACCES, EIO, EPERM, EROFS]),
    Faults(&["fchmod"], &["fchmod"], &[EACCES, EPERM, ENOTSUP]),
    Faults(&["rename", "renameat", "renameat2"], &["rename"], &[EACCES, EDQUOT, EIO, ENOSPC, EROFS]),
    Faults(&["mkdir", "mkdirat"], &["mkdir"], &[EACCES, EDQUOT, EIO, ENOSPC, EROFS]),
    Faults(&["fdatasync", "fsync"], &["fdatasync", "fsync"], &[EDQUOT, EINTR, EIO, ENOSPC]),
];

#[test]
fn append_meets_every_fault() {
    fail_everywhere(Operation::Append);
}

#[test]
fn append_and_stamp_meets_every_fault() {
    fail_everywhere(Operation::AppendAndStamp);
}

#[test]
fn reset_meets_every_fault() {
    fail_everywhere(Operation::Reset);
}

#[test]
fn checkpoint_meets_every_fault() {
    fail_everywhere(Operation::Checkpoint);
}

#[test]
fn durable_append_and_stamp_meets_every_fault() {
    fail_everywhere(Operation::Durably);
}

fn fail_everywhere(operation: Operation) {
    let mut tally = Tally::new(format!("{operation} failing"), 10);
    for state in STATES.iter().chain([&HELD]) {
        let place = Place::stage(state);
        let whole = strace::run(place.root(), operation, timeout(state), None);
        // A waiter repeats its calls, some times more often and some times less. One round is enough.
        let waits = |call: &Call| call.name == "futex" || call.name.contains("sleep");
        let once = whole.calls.iter().take_while(|call| state.beside != Beside::LiveJs || !waits(call));
        let faults: Vec<_> = once.flat_map(|call| errors(call).map(move |error| (call, error))).collect();
        tally.try_each(state.name, &faults, |&(call, error)| {
            let step = format!("{operation}, {}, {} at {}", state.name, error.0, call.line);
            promptly(&step, || fail(operation, state, call, error, &step));
        });
    }
    tally.finish();
}

fn timeout(state: &State) -> Duration {
    if state.beside == Beside::LiveJs { BRIEF } else { TIMEOUT }
}

fn faults_of(call: &Call) -> Option<&'static Faults> {
    FAULTS.iter().find(|Faults(calls, ..)| calls.contains(&call.name.as_str()))
}

fn errors(call: &Call) -> impl Iterator<Item = Error> {
    faults_of(call).into_iter().flat_map(|Faults(.., errors)| errors.iter().copied())
}

/// Makes one call fail. The error is how late this writer was, or the next one.
fn fail(operation: Operation, state: &State, call: &Call, error: Error, step: &str) -> Result<(), Duration> {
    let place = Place::stage(state);
    let run = strace::run(place.root(), operation, timeout(state), Some(&call.failing(error.0)));
    let failed = run.calls.iter().find(|call| call.was_injected());
    let failed = failed.unwrap_or_else(|| panic!("{step}: it took another way: {:?}", run.calls));
    let told = outcomes(&run.stderr);
    let [(outcome, took)] = &told[..] else { panic!("{step}: {told:?}") };
    if *took > timeout(state) + SLACK {
        return Err(*took);
    }

    let stages = state.stages(operation, BATCH);
    match outcome {
        Outcome::Acknowledged { degraded, .. } => {
            place.expect_one_of(&stages[stages.len() - 1..], step);
            let expected = degraded_by(failed, error).map_or("{}".to_owned(), |degraded| format!("{{{degraded:?}}}"));
            // If the look at the guard before a take-over fails, the guard is locked anew.
            let is_again = degraded == "{}" && is_of_guard(failed) && failed.line.contains("SYMLINK_NOFOLLOW");
            assert!(*degraded == expected || is_again, "{step}: told {degraded}, not {expected}");
            assert!(place.lockfile().is_none(), "{step}: the lockfile stays");
        }
        Outcome::Io { syscall, errno, path } => {
            place.expect_one_of(&stages, step);
            let Faults(_, names, _) = faults_of(failed).expect("it was chosen for being there");
            assert_eq!(*errno, error.1, "{step}: {outcome:?}");
            assert!(names.contains(&syscall.as_str()), "{step}: not what failed: {outcome:?}");
            let is_named = failed.line.contains(path.to_str().unwrap());
            assert!(is_named, "{step}: not what it failed on: {outcome:?}");
            let is_everywhere = [libc::EDQUOT, libc::EMFILE, libc::ENOSPC, libc::EROFS].contains(errno);
            assert!(is_everywhere || !can_be_spared(failed, operation), "{step}: the original needs no such step");
        }
        Outcome::LockTimeout => {
            place.expect_one_of(&stages[..1], step);
            // Without a domain nobody can tell that the native is dead.
            let has_no_domain =
                matches!(degraded_by(failed, error), Some(Degraded::NoKernelLock | Degraded::UnknownFileSystem));
            let undecidable = matches!(state.beside, Beside::DeadNative | Beside::DeadKept) && has_no_domain;
            assert!(state.beside == Beside::LiveJs || undecidable, "{step}: {outcome:?}");
        }
        Outcome::Other(other) => panic!("{step}: {other}"),
    }

    // The call failed only once, so that the writer could remove its own lockfile. Other writers' lockfiles stay as they were.
    let in_order = place.lockfile_is_untouched() || state.beside != Beside::LiveJs && place.lockfile().is_none();
    assert!(in_order, "{step}: {outcome:?}, but the lockfile is now {:?}", place.lockfile());
    let not_removed = failed.name.starts_with("unlink") && !is_of_lockfile(failed);
    assert!(place.private_files().is_empty() || not_removed, "{step}: left {:?}", place.private_files());
    if state.beside == Beside::LiveJs { Ok(()) } else { place.next_writer(step) }
}

fn is_of_lockfile(call: &Call) -> bool {
    ["changes.journal.lock\"", "changes.journal.lock>"].iter().any(|end| call.line.contains(end))
}

fn is_of_guard(call: &Call) -> bool {
    call.line.contains("changes.journal.guard")
}

/// Whether the JS module makes no such call.
fn can_be_spared(call: &Call, operation: Operation) -> bool {
    let is_spared = ["flock", "fstatfs", "getdents64", "link", "linkat", "fchmod", "pwrite64", "pwritev2", "renameat2"];
    let is_takeover = call.name == "pwrite64" && is_of_lockfile(call);
    let is_sync = ["fdatasync", "fsync"].contains(&call.name.as_str()) && operation != Operation::Durably;
    is_spared.contains(&call.name.as_str()) && !is_takeover
        || is_sync
        || is_of_guard(call)
        || call.line.contains(BOOT_ID)
}

/// What the writer does without, if this call fails so.
fn degraded_by(call: &Call, (error, _): Error) -> Option<Degraded> {
    let line = &call.line;
    match (call.name.as_str(), error) {
        // The standard library, or the guard, tries these again.
        ("flock" | "open" | "openat" | "read" | "pread64" | "write" | "pwrite64" | "fdatasync", "EINTR") => None,
        ("flock", _) => line.contains("LOCK_EX").then_some(Degraded::NoKernelLock),
        // The guard may be another user's. It can still be locked if it may be read.
        ("open" | "openat", "EACCES") if is_of_guard(call) && line.contains("O_RDWR") && !line.contains("O_CREAT") => {
            None
        }
        ("open" | "openat" | "statx" | "fstat" | "newfstatat", _) if is_of_guard(call) => Some(Degraded::NoKernelLock),
        ("fstatfs", _) => Some(Degraded::UnknownFileSystem),
        ("open" | "openat" | "read" | "pread64", _) if line.contains(BOOT_ID) => Some(Degraded::UnknownFileSystem),
        // If the kept claim can't be used again, the writer makes a new one.
        _ if is_of_kept_claim(call) && !call.name.starts_with("link") => None,
        // This error means that the private file is gone, or its directory.
        ("link" | "linkat", "ENOENT") => None,
        ("link" | "linkat", _) => Some(Degraded::NoHardLinks),
        ("open" | "openat" | "pwrite64", _) if is_of_private_lockfile(call) => Some(Degraded::NoPublishing),
        ("fchmod", _) => Some(Degraded::ModeNotKept),
        ("fdatasync", _) => Some(Degraded::NoSync),
        ("pwrite64", "EIO") => Some(Degraded::NoOverwriting),
        _ => None,
    }
}

/// The file that is to be the lockfile.
fn is_of_private_lockfile(call: &Call) -> bool {
    call.line.contains("changes.journal.lock.") && !call.line.contains(".journal.tmp")
}

fn is_of_kept_claim(call: &Call) -> bool {
    call.line.split(['"', '<', '>']).any(|path| is_kept(Path::new(path)))
}

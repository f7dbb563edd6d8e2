//! The guard: when it counts, and what is done without it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::{BRIEF, PATIENT, Place, dead_native};
use crate::degraded::Degraded;
use crate::error::Error;
use crate::lock::unix::Lock;
use crate::lock::wait::SETTLE;

#[test]
fn a_guard_that_others_no_longer_see_proves_nothing() {
    let place = Place::new();
    let mut robbed = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    // Somebody removes the directory's files, and another native gets in by a guard of its own.
    for name in place.names() {
        fs::remove_file(place.0.path().join(name)).unwrap();
    }
    let mut living = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    robbed.limit = BRIEF;
    let error = robbed.reacquire().unwrap_err();
    assert!(matches!(error, Error::LockTimeout { .. }), "{error}");
    assert!(living.release().unwrap(), "it was taken for dead");
}

#[test]
fn who_waits_long_for_a_guard_that_is_replaced_takes_the_new_one() {
    let place = Place::new();
    let holder = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    let journal = place.journal();
    let waiter = thread::spawn(move || Lock::acquire(&journal, &PATIENT).unwrap().is_ours().unwrap());
    thread::sleep(Duration::from_millis(200)); // by then the waiter has come to its longest pause
    for name in place.names() {
        fs::remove_file(place.0.path().join(name)).unwrap();
    }
    assert!(waiter.join().unwrap());
    assert!(!holder.is_ours().unwrap());
}

/// What stands in the guard's place stays there, and the writer gets the lock without a guard.
#[test]
fn a_guard_that_can_not_be_had_is_done_without() {
    type Plant = fn(&Path);
    let plants: [(&str, Plant); 4] = [
        ("a FIFO", |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())),
        ("a directory", |path| fs::create_dir(path).unwrap()),
        ("a link", |path| symlink("elsewhere", path).unwrap()),
        ("a file with another name", |path| {
            fs::write(path, "").unwrap();
            fs::hard_link(path, path.with_file_name("copy")).unwrap();
        }),
    ];
    for (what, plant) in plants {
        let place = Place::new();
        plant(&place.0.path().join("changes.journal.guard"));
        let before = place.names();
        let mut lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
        assert!(lock.degraded.all().contains(Degraded::NoKernelLock), "{what}");
        let claim = fs::read_to_string(place.lockfile()).unwrap();
        assert!(claim.contains("native v1 - "), "{what}: {claim}");
        assert!(Lock::acquire(&place.journal(), &BRIEF).is_err(), "{what}: two are inside");
        assert!(lock.release().unwrap());
        assert_eq!(place.names(), before, "{what}");
    }
}

/// `cp -al` makes such a copy. If the guard were trusted, the copy's writers would wait for the original's, and trust their claims.
#[test]
fn a_guard_that_gets_another_name_is_not_trusted_any_more() {
    let (place, other) = (Place::new(), TempDir::new().unwrap());
    let copy = other.path().join("copy");
    let guard = place.0.path().join("changes.journal.guard");
    let dead = dead_native(&place);
    place.stage(&dead, 1.0);
    fs::hard_link(&guard, &copy).unwrap();
    place.expect_held();
    fs::remove_file(&copy).unwrap();
    place.expect_acquired(1);

    let theirs = fs::File::open(&guard).unwrap();
    theirs.lock().unwrap(); // a writer of the copy
    let journal = place.journal();
    let waiter = thread::spawn(move || Lock::acquire(&journal, &PATIENT).map(drop));
    thread::sleep(SETTLE / 2);
    assert!(!waiter.is_finished(), "it did not wait for the guard");
    fs::hard_link(&guard, &copy).unwrap();
    waiter.join().unwrap().unwrap();
}

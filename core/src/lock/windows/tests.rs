use std::fs::{self, OpenOptions};
use std::path::PathBuf;
use std::time::Instant;

use super::*;
use tempfile::TempDir;

const SHORT: Duration = Duration::from_millis(300);

/// A directory with this text in the lockfile, written so long ago (or that far in the future).
fn staged(text: &[u8], age: Duration, is_in_future: bool) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("changes.journal");
    fs::write(lockfile(&journal), text).unwrap();
    let now = SystemTime::now();
    let written = if is_in_future { now + age } else { now - age };
    OpenOptions::new().write(true).open(lockfile(&journal)).unwrap().set_modified(written).unwrap();
    (dir, journal)
}

fn acquire(journal: &Path, timeout: Duration) -> Result<Lock> {
    Lock::acquire(journal, &Limit { timeout, cancel: None })
}

/// As a native on Unix writes it: line 1 is a pid of every namespace.
fn of_unix() -> Claim {
    Claim::new(1, "-", 4_026_531_836)
}

#[test]
fn a_fresh_claim_of_a_native_on_unix_is_waited_for() {
    for (age, is_in_future) in [(0, false), (29, false), (60, true)] {
        let claim = of_unix();
        let (_dir, journal) = staged(claim.as_bytes(), Duration::from_secs(age), is_in_future);
        let error = acquire(&journal, SHORT).unwrap_err();
        assert!(matches!(error, Error::LockTimeout { .. }), "{error:?}");
        assert_eq!(fs::read(lockfile(&journal)).unwrap(), claim.as_bytes());
    }
}

#[test]
fn its_writer_can_release_the_lock_meanwhile() {
    let (_dir, journal) = staged(of_unix().as_bytes(), Duration::ZERO, false);
    let waiter = std::thread::spawn({
        let journal = journal.clone();
        move || acquire(&journal, Duration::from_secs(20)).map(|lock| lock.waited())
    });
    std::thread::sleep(SHORT);
    fs::remove_file(lockfile(&journal)).unwrap();
    assert!(waiter.join().unwrap().unwrap() > Duration::ZERO);
}

#[test]
fn a_lockfile_that_nobody_has_open_is_free_else() {
    let old = Duration::from_secs(31);
    for (text, age) in [
        (of_unix().as_bytes(), old),
        (Claim::of_handle().as_bytes(), Duration::ZERO),
        (b"1\n1-0011223344556677\n", Duration::ZERO),
        (b"", Duration::ZERO),
    ] {
        let (_dir, journal) = staged(text, age, false);
        let lock = acquire(&journal, SHORT).unwrap();
        assert_eq!(lock.waited(), Duration::ZERO);
        assert!(lock.is_ours().unwrap());
    }
}

#[test]
fn a_holder_is_waited_for_whatever_its_claim_says() {
    let (_dir, journal) = staged(b"", Duration::from_secs(60), false);
    let mut lock = acquire(&journal, SHORT).unwrap();
    assert!(matches!(acquire(&journal, SHORT), Err(Error::LockTimeout { held_by: HeldBy::Holder(_), .. })));
    lock.release().unwrap();
    acquire(&journal, Duration::ZERO).unwrap();
}

#[test]
fn the_name_is_free_while_somebody_still_reads_the_lockfile() {
    let (dir, journal) = staged(b"", Duration::ZERO, false);
    let mut lock = acquire(&journal, SHORT).unwrap();
    let reader = fs::File::open(lockfile(&journal)).unwrap();
    lock.release().unwrap();
    OpenOptions::new().write(true).create_new(true).open(lockfile(&journal)).unwrap();
    drop(reader);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn access_that_is_denied_is_denied_after_half_a_second() {
    let (_dir, journal) = staged(b"", Duration::ZERO, false);
    set_read_only(&journal, true); // nobody may write to such a file
    let began = Instant::now();
    let error = acquire(&journal, Duration::from_secs(20)).unwrap_err();
    assert!(matches!(&error, Error::Io { syscall: "open", source, .. } if sys::is_denied(source)), "{error:?}");
    assert!((Duration::from_millis(500)..Duration::from_secs(5)).contains(&began.elapsed()));
    set_read_only(&journal, false);
}

fn set_read_only(journal: &Path, is_read_only: bool) {
    let mut permissions = fs::metadata(lockfile(journal)).unwrap().permissions();
    permissions.set_readonly(is_read_only);
    fs::set_permissions(lockfile(journal), permissions).unwrap();
}

#[test]
fn an_id_outlives_a_rename() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (dir.path().join("one"), dir.path().join("other"));
    let file = sys::open(&one, Access::New).unwrap();
    let id = file.stat().unwrap().id;
    sys::rename(&one, &other).unwrap();
    assert!(file.is_local());
    assert_eq!((file.stat().unwrap().id, sys::stat(&other).unwrap().id), (id, id));
}

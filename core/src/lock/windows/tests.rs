use std::fs::{self, OpenOptions};
use std::time::Instant;

use tempfile::TempDir;

use super::*;

const SHORT: Duration = Duration::from_millis(300);

/// A directory with this text in the lockfile, written so long ago (or that far in the future).
fn staged(text: &[u8], age: Duration, is_in_future: bool) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(LOCKFILE), text).unwrap();
    let now = SystemTime::now();
    let written = if is_in_future { now + age } else { now - age };
    OpenOptions::new().write(true).open(dir.path().join(LOCKFILE)).unwrap().set_modified(written).unwrap();
    dir
}

fn acquire<'a>(dir: &Path, timeout: Duration, noted: &'a Noted) -> Result<Lock<'a>> {
    Lock::acquire(dir, &Limit { timeout, cancel: None }, noted)
}

/// As a native writer on Unix writes it: line 1 is a pid of every namespace.
fn of_unix() -> Claim {
    Claim::new(1, None, None)
}

#[test]
fn a_fresh_claim_of_a_writer_on_unix_is_waited_for() {
    for (age, is_in_future) in [(0, false), (29, false), (60, true)] {
        let claim = of_unix();
        let dir = staged(claim.as_bytes(), Duration::from_secs(age), is_in_future);
        let error = acquire(dir.path(), SHORT, &Noted::default()).unwrap_err();
        assert!(matches!(error, Error::LockTimeout { .. }), "{error:?}");
        assert_eq!(fs::read(dir.path().join(LOCKFILE)).unwrap(), claim.as_bytes());
    }
}

#[test]
fn its_writer_can_release_the_lock_meanwhile() {
    let dir = staged(of_unix().as_bytes(), Duration::ZERO, false);
    let waiter = std::thread::spawn({
        let path = dir.path().to_owned();
        move || {
            let noted = Noted::default();
            acquire(&path, Duration::from_secs(20), &noted).map(|_| noted.receipt().waited)
        }
    });
    std::thread::sleep(SHORT);
    fs::remove_file(dir.path().join(LOCKFILE)).unwrap();
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
        let dir = staged(text, age, false);
        let noted = Noted::default();
        let lock = acquire(dir.path(), SHORT, &noted).unwrap();
        assert_eq!(noted.receipt().waited, Duration::ZERO);
        assert_eq!(noted.receipt().takeovers, u32::from(age == old));
        assert!(lock.is_ours().unwrap());
    }
}

#[test]
fn a_holder_is_waited_for_whatever_its_claim_says() {
    let dir = staged(b"", Duration::from_secs(60), false);
    let noted = Noted::default();
    let lock = acquire(dir.path(), SHORT, &noted).unwrap();
    assert!(matches!(
        acquire(dir.path(), SHORT, &Noted::default()),
        Err(Error::LockTimeout { held_by: HeldBy::Holder(_), .. })
    ));
    lock.release().unwrap();
    acquire(dir.path(), Duration::ZERO, &Noted::default()).unwrap();
}

#[test]
fn the_name_is_free_while_somebody_still_reads_the_lockfile() {
    let dir = staged(b"", Duration::ZERO, false);
    let noted = Noted::default();
    let lock = acquire(dir.path(), SHORT, &noted).unwrap();
    let reader = fs::File::open(dir.path().join(LOCKFILE)).unwrap();
    lock.release().unwrap();
    OpenOptions::new().write(true).create_new(true).open(dir.path().join(LOCKFILE)).unwrap();
    drop(reader);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn access_that_is_denied_is_denied_after_half_a_second() {
    let dir = staged(b"", Duration::ZERO, false);
    set_read_only(dir.path(), true); // nobody may write to such a file
    let began = Instant::now();
    let error = acquire(dir.path(), Duration::from_secs(20), &Noted::default()).unwrap_err();
    assert!(matches!(&error, Error::Io { syscall: "open", source, .. } if sys::is_denied(source)), "{error:?}");
    assert!((Duration::from_millis(500)..Duration::from_secs(5)).contains(&began.elapsed()));
    set_read_only(dir.path(), false);
}

fn set_read_only(dir: &Path, is_read_only: bool) {
    let mut permissions = fs::metadata(dir.join(LOCKFILE)).unwrap().permissions();
    permissions.set_readonly(is_read_only);
    fs::set_permissions(dir.join(LOCKFILE), permissions).unwrap();
}

#[test]
fn an_id_outlives_a_rename_which_replaces_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let dir = Dir::at(temporary.path());
    let file = dir.open_file("one", Access::New).unwrap();
    let id = file.stat().unwrap().id;
    assert!(file.is_local());
    dir.open_file("taken", Access::New).unwrap();
    assert_eq!(dir.rename_new("one", "taken").unwrap_err().kind(), ErrorKind::AlreadyExists);
    dir.rename_new("one", "other").unwrap();
    dir.sync().unwrap();
    assert_eq!((file.stat().unwrap().id, dir.stat_file("other").unwrap().id), (id, id));
}

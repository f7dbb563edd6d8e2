//! A lockfile that is held, or that is none: the writer waits, and leaves the lockfile as it is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use super::{BRIEF, PATIENT, Place, dead_native, dead_pid, js};
use crate::error::Error;
use crate::lock::HeldBy;
use crate::lock::claim::Claim;
use crate::lock::holder::Holder;
use crate::lock::unix::Lock;
use crate::lock::unix::domain::Domain;
use crate::lock::unix::judge::{Sights, Verdict, judge};
use crate::lock::wait::SETTLE;

#[test]
fn a_native_holder_is_waited_for() {
    let place = Place::new();
    let lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    let claim = fs::read(place.lockfile()).unwrap();
    let error = Lock::acquire(&place.journal(), &BRIEF).unwrap_err();
    let Error::LockTimeout { held_by: HeldBy::Holder(Holder { pid, native, .. }), .. } = error else {
        panic!("{error}")
    };
    assert_eq!((pid, native), (std::process::id(), true));
    assert_eq!(fs::read(place.lockfile()).unwrap(), claim);
    drop(lock);
    place.expect_acquired(0);
}

#[test]
fn a_native_of_another_domain_is_stale_by_age_alone() {
    for domain in ["-", "00000000000000000000000000000000:1"] {
        let place = Place::new();
        let claim = format!("{:<127}\n", format!("1\n9-0011223344556677\nnative v1 {domain} 9 0"));
        place.stage(&claim, 29.0);
        let HeldBy::Holder(holder) = place.expect_held() else { panic!("no holder") };
        assert!(
            holder.pid == 9
                && holder.native
                && holder.command.is_none()
                && holder.age.is_some_and(|age| age.as_secs() == 29),
            "{holder:?}"
        );
        place.stage(&claim, 31.0);
        place.expect_acquired(1);
    }
}

#[test]
fn without_a_known_domain_no_native_is_dead_because_we_have_the_guard() {
    let place = Place::new();
    place.stage("1\n9-0011223344556677\nnative v1 - 9 0\n", 1.0);
    let (domain, claim) = (Domain::Foreign, Claim::new(1, "-", 0));
    assert!(matches!(judge(&place.lockfile(), &domain, &claim, &mut Sights::new()).unwrap(), Verdict::Held));
}

#[test]
fn a_living_js_holder_is_waited_for_until_30_s() {
    let place = Place::new();
    let ours = std::process::id();
    place.stage(&js(ours), 29.0);
    let HeldBy::Holder(holder) = place.expect_held() else { panic!("no holder") };
    assert!(holder.pid == ours && !holder.native, "{holder:?}");
    assert_eq!(holder.command.is_some(), cfg!(target_os = "linux"));
    place.stage(&js(ours), 31.0);
    place.expect_acquired(1);
}

#[test]
fn a_lockfile_that_changes_is_not_as_old_as_the_one_before_it() {
    let domain = Domain::Foreign;
    let (claim, mut sights) = (Claim::new(1, "-", 0), Sights::new());
    let place = Place::new();
    let mut judged = |text: &str| {
        place.stage_at(text, SystemTime::now() + Duration::from_secs(60));
        judge(&place.lockfile(), &domain, &claim, &mut sights).unwrap()
    };
    for _ in 0..6 {
        assert!(matches!(judged(&js(dead_pid())), Verdict::Held));
        thread::sleep(SETTLE);
    }
}

#[test]
fn what_is_no_lockfile_is_left_alone() {
    type Plant = fn(&Path);
    let plants: [(&str, Plant); 5] = [
        ("a directory", |path| fs::create_dir(path).unwrap()),
        ("a link", |path| symlink("changes.journal", path).unwrap()),
        ("a link to a file", |path| {
            fs::write(path.with_extension("target"), "text").unwrap();
            symlink(path.with_extension("target"), path).unwrap();
        }),
        ("a FIFO", |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())),
        ("a large file", |path| fs::write(path, vec![b'x'; 1025]).unwrap()),
    ];
    for (what, plant) in plants {
        let place = Place::new();
        plant(&place.lockfile());
        let before = fs::symlink_metadata(place.lockfile()).unwrap().modified().unwrap();
        assert_eq!(place.expect_held(), HeldBy::NotALockfile, "{what}");
        assert_eq!(fs::symlink_metadata(place.lockfile()).unwrap().modified().unwrap(), before, "{what}");
    }
}

#[test]
fn a_file_with_another_name_is_never_written_to() {
    let place = Place::new();
    let other = TempDir::new().unwrap();
    place.stage("somebody's file", 29.0);
    fs::hard_link(place.lockfile(), other.path().join("other")).unwrap();
    place.expect_held();
    place.stage("somebody's file", 31.0);
    place.expect_acquired(1);
    assert_eq!(fs::read_to_string(other.path().join("other")).unwrap(), "somebody's file");
}

/// Two such times: an mtime in the future, and one of whole seconds, which may be a second less than the true time.
#[test]
fn where_the_time_tells_no_age_a_lockfile_is_as_old_as_it_has_been_seen() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let times = [now + Duration::from_secs(60), Duration::from_secs(now.as_secs() - 1)];
    for mtime in times.map(|time| UNIX_EPOCH + time) {
        for text in [js(dead_pid()), String::new()] {
            let place = Place::new();
            place.stage_at(&text, mtime);
            place.expect_held();
            let took = place.expect_acquired(1);
            // A lockfile that is removed and made empty again within a second looks the same.
            let looks_the_same = text.is_empty() && mtime < SystemTime::now();
            let grace = Duration::from_millis(if looks_the_same { 2500 } else { 500 });
            assert!(took > grace && took < grace + Duration::from_millis(400) + SETTLE, "{text:?}: {took:?}");
        }
        let place = Place::new();
        place.stage_at(&js(std::process::id()), mtime);
        place.expect_held();
        fs::remove_file(place.lockfile()).unwrap();
        place.stage_at(&dead_native(&place), mtime);
        let settles = mtime > SystemTime::now();
        let took = place.expect_acquired(1);
        assert_eq!(took >= SETTLE, settles, "nobody knows for how long others have seen it: {took:?}");
    }
}

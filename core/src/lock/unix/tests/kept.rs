//! The kept claim: when it is used again.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::{PATIENT, Place};
use crate::lock::unix::{Lock, kept};

/// Leaves a kept claim, does something to it, and tells whether the next lockfile is that file.
fn is_used_again(change: impl Fn(&PathBuf)) -> bool {
    let place = Place::new();
    let mut lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    let claim = kept::path(&place.journal(), lock.domain()).expect("a local file system");
    assert!(lock.release().unwrap());
    drop(lock);
    let file = File::open(&claim).unwrap(); // open, so that its inode number means no other file
    change(&claim);
    let before = fs::read(&claim).ok();

    let lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    let published = fs::metadata(place.lockfile()).unwrap().ino();
    assert_eq!(fs::metadata(&claim).unwrap().ino(), published, "the lockfile is a kept claim again");
    drop(lock);
    let is_again = published == file.metadata().unwrap().ino();
    if !is_again && file.metadata().unwrap().nlink() > 0 {
        assert_eq!(
            before.unwrap(),
            fs::read(place.0.path().join("another name")).unwrap(),
            "written through another name"
        );
    }
    is_again
}

fn date(claim: &PathBuf, time: SystemTime) {
    File::options().write(true).open(claim).unwrap().set_modified(time).unwrap();
}

#[test]
fn a_claim_that_nobody_can_have_judged_is_used_again() {
    assert!(is_used_again(|_| ()));
    assert!(is_used_again(|claim| date(claim, SystemTime::now() - Duration::from_secs(20))));
}

#[test]
fn an_old_claim_is_not_used_again_nor_one_from_the_future() {
    assert!(!is_used_again(|claim| date(claim, SystemTime::now() - Duration::from_millis(29_500))));
    assert!(!is_used_again(|claim| date(claim, SystemTime::now() + Duration::from_secs(60))));
}

#[test]
fn a_claim_with_another_name_is_not_used_again() {
    assert!(!is_used_again(|claim| fs::hard_link(claim, claim.with_file_name("another name")).unwrap()));
}

#[test]
fn a_claim_of_another_domain_is_not_used_again_nor_what_is_no_claim() {
    let foreign = format!("{:<127}\n", "1\n9-0011223344556677\nnative v1 - 9 0");
    assert!(!is_used_again(|claim| fs::write(claim, &foreign).unwrap()));
    assert!(!is_used_again(|claim| fs::write(claim, "").unwrap()));
}

/// The lockfile of a native that was killed has the kept claim's name too.
#[test]
fn a_killed_natives_claim_is_taken_over_and_not_published_a_second_time() {
    let place = Place::new();
    let mut lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    let claim = kept::path(&place.journal(), lock.domain()).unwrap();
    assert!(lock.release().unwrap());
    fs::hard_link(&claim, place.lockfile()).unwrap();
    drop(lock);
    place.expect_acquired(1);
    place.expect_acquired(0);
}

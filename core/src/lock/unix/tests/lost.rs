//! A lock that was taken away from its holder.

use std::fs;

use super::{BRIEF, PATIENT, Place, js};
use crate::lock::unix::Lock;

#[test]
fn a_lock_that_was_stolen_by_rename_is_not_ours_and_is_left_to_the_thief() {
    let place = Place::new();
    let mut lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    fs::write(place.0.path().join("thief"), js(1)).unwrap();
    fs::rename(place.0.path().join("thief"), place.lockfile()).unwrap();
    assert!(!lock.is_ours().unwrap());
    assert!(!lock.release().unwrap());
    drop(lock);
    assert_eq!(fs::read_to_string(place.lockfile()).unwrap(), js(1));
}

#[test]
fn a_lock_that_was_taken_over_in_place_is_not_ours() {
    let place = Place::new();
    let lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    let claim = fs::read_to_string(place.lockfile()).unwrap();
    let (first_line, rest) = claim.split_once('\n').unwrap();
    fs::write(place.lockfile(), format!("{first_line}\n2{rest}")).unwrap();
    assert!(!lock.is_ours().unwrap());
    drop(lock);
    assert!(place.lockfile().exists());
}

#[test]
fn a_lock_that_is_gone_is_acquired_again_under_the_same_guard() {
    let place = Place::new();
    let mut lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    fs::remove_file(place.lockfile()).unwrap();
    assert!(!lock.is_ours().unwrap());
    lock.reacquire().unwrap();
    assert!(lock.is_ours().unwrap());
    assert!(Lock::acquire(&place.journal(), &BRIEF).is_err());
}

#[test]
fn a_directory_that_is_removed_under_the_guard_is_made_again() {
    let place = Place::new();
    let journal = place.0.path().join("d/changes.journal");
    let mut lock = Lock::acquire(&journal, &PATIENT).unwrap();
    fs::remove_dir_all(journal.parent().unwrap()).unwrap();
    assert!(!lock.is_ours().unwrap());
    lock.reacquire().unwrap();
    assert!(lock.is_ours().unwrap());
    assert!(Lock::acquire(&journal, &BRIEF).is_err(), "the guard is not the one others see");
}

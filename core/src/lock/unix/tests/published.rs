//! Publishing the lockfile.

use std::fs;

use super::{PATIENT, Place};
use crate::lock::claim::Claim;
use crate::lock::unix::Lock;
use crate::lock::unix::private::{Private, Published, Way, create_lockfile};

#[test]
fn a_free_lock_is_acquired_at_once_and_the_directory_made() {
    let place = Place::new();
    let deeper = place.0.path().join("a/b/changes.journal");
    let mut lock = Lock::acquire(&deeper, &PATIENT).unwrap();
    assert!(lock.release().unwrap());
    place.0.path().join("a/b/changes.journal.guard").metadata().unwrap();
}

/// Each way to publish leaves another writer's lockfile as it is. The last way marks its own claim as seen empty.
#[test]
fn no_way_to_publish_replaces_anything() {
    let place = Place::new();
    let mut lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    let theirs = fs::read_to_string(place.lockfile()).unwrap();
    let claim = Claim::new(1, "-", 0);
    for way in [Way::Link, Way::Rename] {
        let mut private = Private::prepare_new(&place.journal(), &claim).unwrap();
        assert!(matches!(private.publish(&place.lockfile(), way), Published::Taken));
        assert_eq!(fs::read_to_string(place.lockfile()).unwrap(), theirs);
    }
    assert!(!create_lockfile(&place.lockfile(), &claim).unwrap());
    assert_eq!(fs::read_to_string(place.lockfile()).unwrap(), theirs);
    assert!(lock.release().unwrap());

    lock.way = Way::Create;
    lock.reacquire().unwrap();
    assert!(fs::read_to_string(place.lockfile()).unwrap().contains(" taken"));
    assert!(lock.degraded.all().is_empty(), "nothing has failed");
}

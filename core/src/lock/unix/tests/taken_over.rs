//! A stale lockfile: the writer takes it over.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::thread;
use std::time::{Duration, Instant};

use super::{BRIEF, PATIENT, Place, dead_native, dead_pid, js};
use crate::error::Error;
use crate::lock::Takeover;
use crate::lock::unix::Lock;
use crate::lock::wait::{Limit, SETTLE};

#[test]
fn a_dead_native_of_our_domain_is_taken_over_at_once() {
    let place = Place::new();
    place.stage(&dead_native(&place), 0.0);
    let took = place.expect_acquired(1);
    assert!(took < SETTLE, "it settled: {took:?}");
}

/// The lockfile's name is never removed or renamed over, because a lock that was taken a moment ago could have that name.
#[test]
fn a_stale_one_is_taken_over_in_place() {
    let place = Place::new();
    place.stage(&js(dead_pid()), 1.0);
    let judged = fs::File::open(place.lockfile()).unwrap(); // kept open, so that no new file gets its inode number
    let lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    assert_eq!(lock.takeovers(), (1, Some(Takeover::DeadProcess)));
    assert_eq!(fs::metadata(place.lockfile()).unwrap().ino(), judged.metadata().unwrap().ino());
}

#[test]
fn a_take_over_that_others_have_overtaken_is_none() {
    let place = Place::new();
    place.stage(&js(dead_pid()), 1.0);
    let (ours, theirs) = (place.lockfile(), place.0.path().join("theirs"));
    let thief = thread::spawn(move || {
        fs::write(&theirs, js(std::process::id())).unwrap(); // alive
        let start = Instant::now();
        while !fs::read_to_string(&ours).unwrap().contains("native") {
            assert!(start.elapsed() < PATIENT.timeout, "no native has taken it over");
            thread::yield_now();
        }
        fs::rename(&theirs, &ours).unwrap(); // while the native settles, as a JS writer steals
    });
    let taken = Lock::acquire(&place.journal(), &Limit { timeout: 10 * BRIEF.timeout, cancel: None });
    thief.join().unwrap();
    assert!(matches!(taken, Err(Error::LockTimeout { .. })), "{taken:?}");
    assert_eq!(fs::read_to_string(place.lockfile()).unwrap(), js(std::process::id()));
}

#[test]
fn an_old_one_is_taken_over_with_settling_for_others_may_judge_its_age() {
    let place = Place::new();
    place.stage(&dead_native(&place), 29.5);
    let took = place.expect_acquired(1);
    assert!(took >= SETTLE, "it did not settle: {took:?}");
}

#[test]
fn a_native_that_died_while_it_settled_leaves_that_to_the_next() {
    for settles in [true, false] {
        let place = Place::new();
        let corpse = if settles { js(dead_pid()) } else { dead_native(&place) };
        place.stage(&corpse, 1.0);
        let taker = Lock::acquire(&place.journal(), &PATIENT).unwrap();
        assert_eq!(taker.takeovers().0, 1);
        let claim = fs::read_to_string(place.lockfile()).unwrap();
        drop(taker);
        place.stage(&claim, 0.0);
        let took = place.expect_acquired(1);
        assert_eq!(took >= SETTLE, settles, "{took:?} after {corpse:?}");
    }
}

#[test]
fn a_dead_or_missing_js_holder_is_taken_over_after_the_grace() {
    for text in [js(dead_pid()), String::new(), "no pid\n".to_owned()] {
        let place = Place::new();
        place.stage(&text, 0.0);
        let took = place.expect_acquired(1);
        let (grace, slack) = (Duration::from_millis(500), Duration::from_millis(400));
        // The settling is added to the grace.
        assert!(took > grace && took < grace + slack + SETTLE, "{text:?}: {took:?}");
        place.stage(&text, 0.6);
        place.expect_acquired(1);
    }
}

//! What a writer makes of each lockfile it can meet.

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use super::Lock;
use super::domain::Domain;
use super::judge::{Sights, Verdict, judge};
use super::private::{Private, Published, Way, create_lockfile};
use crate::degraded::Degraded;
use crate::error::Error;
use crate::lock::claim::Claim;
use crate::lock::holder::Holder;
use crate::lock::wait::{Limit, SETTLE};
use crate::lock::{HeldBy, Takeover};

/// Long enough to see that somebody would wait, and short enough not to wait for it.
const BRIEF: Limit = Limit { timeout: Duration::from_millis(50), cancel: None };
/// The default, for those who are expected to get in.
const PATIENT: Limit = Limit { timeout: Duration::from_secs(5), cancel: None };

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn journal(&self) -> PathBuf {
        self.0.path().join("changes.journal")
    }

    fn lockfile(&self) -> PathBuf {
        self.0.path().join("changes.journal.lock")
    }

    /// Puts a lockfile there, `age` seconds old.
    fn stage(&self, text: &str, age: f64) {
        self.stage_at(text, SystemTime::now() - Duration::from_secs_f64(age));
    }

    fn stage_at(&self, text: &str, mtime: SystemTime) {
        fs::write(self.lockfile(), text).unwrap();
        File::options()
            .write(true)
            .open(self.lockfile())
            .unwrap()
            .set_times(FileTimes::new().set_modified(mtime))
            .unwrap();
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// The lock is acquired and released, and leaves nothing behind. How long the acquisition took.
    fn expect_acquired(&self, takeovers: u32) -> Duration {
        let start = Instant::now();
        let mut lock = Lock::acquire(&self.journal(), &PATIENT).unwrap();
        let took = start.elapsed();
        assert!(lock.is_ours().unwrap());
        assert_eq!(lock.takeovers().0, takeovers);
        assert!(lock.release().unwrap());
        drop(lock);
        assert_eq!(self.names(), ["changes.journal.guard"]);
        took
    }

    /// Waiting is in vain and what is there stays.
    fn expect_held(&self) -> HeldBy {
        let names = || self.names().into_iter().filter(|name| !name.contains(".guard")).collect::<Vec<_>>();
        let before = names();
        match Lock::acquire(&self.journal(), &BRIEF) {
            Err(Error::LockTimeout { path, timeout, held_by }) => {
                assert_eq!((path, timeout), (self.lockfile(), BRIEF.timeout));
                assert_eq!(names(), before);
                held_by
            }
            other => panic!("not held: {other:?}"),
        }
    }
}

/// A pid that no process has: that of a child which has been waited for.
fn dead_pid() -> u32 {
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

/// The claim of a native of this domain, as one that was killed leaves it.
fn dead_native(place: &Place) -> String {
    let lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    let claim = fs::read_to_string(place.lockfile()).unwrap();
    drop(lock);
    claim
}

fn js(pid: u32) -> String {
    format!("{pid}\n{pid}-0011223344556677\n")
}

#[test]
fn a_free_lock_is_acquired_at_once_and_the_directory_made() {
    let place = Place::new();
    let deeper = place.0.path().join("a/b/changes.journal");
    let mut lock = Lock::acquire(&deeper, &PATIENT).unwrap();
    assert!(lock.release().unwrap());
    place.0.path().join("a/b/changes.journal.guard").metadata().unwrap();
}

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
fn a_dead_native_of_our_domain_is_taken_over_at_once() {
    let place = Place::new();
    place.stage(&dead_native(&place), 0.0);
    let took = place.expect_acquired(1);
    assert!(took < SETTLE, "it settled: {took:?}");
}

/// The name is never removed or renamed over: it could be a lock taken a moment ago.
#[test]
fn a_stale_one_is_taken_over_in_place() {
    let place = Place::new();
    place.stage(&js(dead_pid()), 1.0);
    let judged = fs::File::open(place.lockfile()).unwrap(); // kept open: no new file gets its number
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
        while !fs::read_to_string(&ours).unwrap().contains("native") {
            thread::yield_now();
        }
        fs::rename(&theirs, &ours).unwrap(); // as a JS writer steals: while the other one settles
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
fn a_native_of_another_domain_is_stale_by_age_alone() {
    for domain in ["-", "00000000000000000000000000000000:1"] {
        let place = Place::new();
        let claim = format!("{:<127}\n", format!("1\n9-0011223344556677\nnative v1 {domain} 9 0"));
        place.stage(&claim, 29.0);
        let HeldBy::Holder(holder) = place.expect_held() else { panic!("no holder") };
        assert!(
            holder.pid == 9 && holder.native && holder.command.is_none() && holder.age.as_secs() == 29,
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
fn a_dead_or_missing_js_holder_is_taken_over_after_the_grace() {
    for text in [js(dead_pid()), String::new(), "no pid\n".to_owned()] {
        let place = Place::new();
        place.stage(&text, 0.0);
        let took = place.expect_acquired(1);
        let (grace, slack) = (Duration::from_millis(500), Duration::from_millis(400));
        // The settling comes on top.
        assert!(took > grace && took < grace + slack + SETTLE, "{text:?}: {took:?}");
        place.stage(&text, 0.6);
        place.expect_acquired(1);
    }
}

/// An mtime in the future, and one of whole seconds, which may be a second less.
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
            // One that is made empty again within a second looks the same.
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
    thread::sleep(Duration::from_millis(200)); // by then it is in the kernel's queue, where there is one
    for name in place.names() {
        fs::remove_file(place.0.path().join(name)).unwrap();
    }
    assert!(waiter.join().unwrap());
    assert!(!holder.is_ours().unwrap());
}

/// What stands in the guard's place is left there, and the lock is had without it.
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
        assert!(lock.degraded().contains(Degraded::NoKernelLock), "{what}");
        let claim = fs::read_to_string(place.lockfile()).unwrap();
        assert!(claim.contains("native v1 - "), "{what}: {claim}");
        assert!(Lock::acquire(&place.journal(), &BRIEF).is_err(), "{what}: two are inside");
        assert!(lock.release().unwrap());
        assert_eq!(place.names(), before, "{what}");
    }
}

/// As `cp -al` makes it: then the copy's writers would wait for those of the original, and trust their claims.
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

/// Each way to publish that finds somebody else's lockfile leaves that lockfile as it is, and the last way marks its own as seen empty.
#[test]
fn no_way_to_publish_replaces_anything() {
    let place = Place::new();
    let mut lock = Lock::acquire(&place.journal(), &PATIENT).unwrap();
    let theirs = fs::read_to_string(place.lockfile()).unwrap();
    let claim = Claim::new(1, "-", 0);
    for way in [Way::Link, Way::Rename] {
        let mut private = Private::prepare_named(&place.journal(), &claim).unwrap();
        assert!(matches!(private.publish(&place.lockfile(), way), Published::Taken));
        assert_eq!(fs::read_to_string(place.lockfile()).unwrap(), theirs);
    }
    assert!(!create_lockfile(&place.lockfile(), &claim).unwrap());
    assert_eq!(fs::read_to_string(place.lockfile()).unwrap(), theirs);
    assert!(lock.release().unwrap());

    lock.way = Way::Create;
    lock.reacquire().unwrap();
    assert!(fs::read_to_string(place.lockfile()).unwrap().contains(" taken"));
    assert!(lock.degraded().is_empty(), "nothing has failed");
}

//! A guard that was replaced between its opening and its locking excludes nobody. The writer opens the guard again.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::place::{Place, STATES, promptly};
use crate::strace::{self, Call};
use crate::writer::{Operation, Outcome, outcomes};

const PATIENT: Duration = Duration::from_secs(5);
/// How long the writer takes from opening the guard to locking it, in microseconds: time enough to replace the guard.
const DELAY: &str = "flock:delay_enter=300000:when=1";

#[test]
fn a_replaced_guard_is_opened_again() {
    promptly("a replaced guard", || {
        let place = Place::stage(&STATES[1]);
        let (guard, new) = (place.guard(), place.root().join("new"));
        let replacer = thread::spawn(move || {
            fs::write(&new, "").unwrap();
            while !guard.exists() {
                thread::sleep(Duration::from_millis(1));
            }
            fs::rename(new, guard).unwrap();
        });
        let trace = strace::run(place.root(), Operation::Append, PATIENT, Some(DELAY));
        replacer.join().unwrap();

        let told = outcomes(&trace.stderr);
        assert!(matches!(&told[..], [(Outcome::Acknowledged { .. }, _)]), "{told:?}");
        let last = |is: fn(&Call) -> bool| trace.calls.iter().rposition(is).unwrap();
        let first_lock = trace.calls.iter().position(|call| call.name == "flock").unwrap();
        let opened = last(|call| call.name.starts_with("open") && call.line.contains("changes.journal.guard\""));
        // If the writer did not open the guard again after the first lock, the guard was replaced too late.
        if opened > first_lock { Ok(()) } else { Err(told[0].1) }
    });
}

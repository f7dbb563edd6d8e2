//! A writer dies at its 1st, 2nd, … system call. The next writer finds everything in order.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use crate::place::{Place, STATES, State, promptly};
use crate::strace::{self, Trace};
use crate::tally::Tally;
use crate::writer::{BATCH, Operation, Outcome, outcomes};

const PATIENT: Duration = Duration::from_secs(5);

#[test]
fn append_dies_at_every_step() {
    die_everywhere(Operation::Append);
}

#[test]
fn append_and_stamp_dies_at_every_step() {
    die_everywhere(Operation::AppendAndStamp);
}

#[test]
fn reset_dies_at_every_step() {
    die_everywhere(Operation::Reset);
}

#[test]
fn checkpoint_dies_at_every_step() {
    die_everywhere(Operation::Checkpoint);
}

#[test]
fn durable_append_and_stamp_dies_at_every_step() {
    die_everywhere(Operation::Durably);
}

fn die_everywhere(operation: Operation) {
    let mut tally = Tally::new(format!("{operation} killed"), 4);
    for state in &STATES {
        let whole = undisturbed(operation, state);
        let calls: Vec<_> = (0..whole.calls.len()).collect();
        tally.try_each(state.name, &calls, |&at| {
            let step = format!("{operation}, {}, killed at {at}: {}", state.name, whole.calls[at].line);
            promptly(&step, || die(operation, state, &whole, at, &step));
        });
    }
    tally.finish();
}

/// A run of the operation in which nobody dies.
fn undisturbed(operation: Operation, state: &State) -> Trace {
    let place = Place::stage(state);
    let whole = strace::run(place.root(), operation, PATIENT, None);
    let told = outcomes(&whole.stderr);
    assert!(matches!(&told[..], [(Outcome::Acknowledged { degraded, .. }, _)] if degraded == "{}"), "{told:?}");
    let stages = state.stages(operation, BATCH);
    place.expect_one_of(&stages[stages.len() - 1..], state.name);
    whole
}

/// Kills a writer as it enters the call `at`. The error is how late the next writer was.
fn die(operation: Operation, state: &State, whole: &Trace, at: usize, step: &str) -> Result<(), Duration> {
    let place = Place::stage(state);
    let killed = strace::run(place.root(), operation, PATIENT, Some(&whole.calls[at].killing()));
    assert_eq!(killed.status.signal(), Some(libc::SIGKILL), "{step}: {}", killed.stderr);
    assert_eq!(killed.names(), whole.names()[..=at], "{step}: it took another way");
    assert!(killed.calls[at].was_skipped(), "{step}: {}", killed.calls[at].line);

    let stages = state.stages(operation, BATCH);
    // At the last step the operation has returned, and so is acknowledged.
    let is_acknowledged = at + 1 == whole.calls.len();
    place.expect_one_of(if is_acknowledged { &stages[stages.len() - 1..] } else { &stages }, step);
    place.next_writer(step)?;
    place.expect_swept(step);
    Ok(())
}

//! Which steps are tried, and with which results.

use std::env;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{SystemTime, UNIX_EPOCH};

const ALL: &str = "JOURNAL_TEST_ALL_STEPS";
const SEED: &str = "JOURNAL_TEST_SEED";

/// Steps of one kind, all of them or a sample, counted.
pub struct Tally {
    what: String,
    seed: u64,
    one_in: u64,
    steps: usize,
    tried: usize,
    failed: usize,
}

impl Tally {
    /// A tally of a sample: one step in so many. Of all steps, if the environment says so.
    pub fn new(what: String, one_in: u64) -> Self {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let seed = env::var(SEED).map_or(clock.as_secs(), |seed| seed.parse().expect(SEED));
        let all = env::var_os(ALL).is_some_and(|all| all == "1");
        Self { what, seed, one_in: if all { 1 } else { one_in }, steps: 0, tried: 0, failed: 0 }
    }

    /// Tries the chosen steps in one state. When one fails, the others are still tried, because one defect must not hide others.
    pub fn try_each<S>(&mut self, state: &str, steps: &[S], attempt: impl Fn(&S)) {
        let chosen: Vec<_> = (0..steps.len()).filter(|&index| self.chooses(state, index)).collect();
        for &index in &chosen {
            let tried = catch_unwind(AssertUnwindSafe(|| attempt(&steps[index])));
            self.failed += usize::from(tried.is_err());
        }
        report(&format!("{}, {state}: {} of {} steps", self.what, chosen.len(), steps.len()));
        self.tried += chosen.len();
        self.steps += steps.len();
    }

    /// Whether a step is chosen. Only the seed and the step decide that, so that the same steps can be tried again.
    fn chooses(&self, state: &str, index: usize) -> bool {
        let mut hasher = DefaultHasher::new();
        (self.seed, &self.what, state, index).hash(&mut hasher);
        hasher.finish().is_multiple_of(self.one_in)
    }

    pub fn finish(self) {
        let Self { what, seed, one_in, steps, tried, failed } = self;
        let replay = if one_in == 1 { format!("{ALL}=1") } else { format!("{SEED}={seed}") };
        report(&format!("{what}: {tried} of {steps} steps in all, {failed} went wrong; again with {replay}"));
        assert!(tried > steps / 100, "{what}: hardly anything was tried");
        assert_eq!(failed, 0, "{what}: steps that went wrong, as said above");
    }
}

/// Prints a line that is seen even when the test passes.
#[expect(clippy::explicit_write, reason = "cargo captures what `eprintln` prints")]
fn report(line: &str) {
    writeln!(io::stderr(), "{line}").unwrap();
}

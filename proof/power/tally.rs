//! How often the power failed, and what was left of the journals.

use std::env;
use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::remains::Remains;
use crate::writer::Durable;

/// The seed that the environment gives, or a new one.
pub fn seed() -> u64 {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    env::var("JOURNAL_TEST_SEED").map_or(clock.as_secs(), |seed| seed.parse().expect("a seed"))
}

/// How often the power is to fail.
pub fn cuts() -> usize {
    env::var("JOURNAL_TEST_CUTS").map_or(100, |cuts| cuts.parse().expect("a number of cuts"))
}

#[derive(Debug, Default)]
pub struct Tally {
    failures: usize,
    /// After how many failures acknowledged entries were lost, and how many entries in all.
    lossy: usize,
    lost: usize,
    ahead: usize,
    torn: usize,
    holes: usize,
    wrong: usize,
}

impl Tally {
    pub fn count(&mut self, when: &str, remains: Result<Remains, String>) {
        self.failures += 1;
        match remains {
            Ok(Remains { lost, ahead, torn, holes }) => {
                self.lossy += usize::from(lost > 0);
                self.lost += lost;
                self.ahead += usize::from(ahead);
                self.torn += usize::from(torn);
                self.holes += usize::from(holes);
            }
            Err(wrong) => {
                self.wrong += 1;
                report(&format!("{when}: {wrong}"));
            }
        }
    }

    /// Prints the sums, and checks them. Nothing was found that nobody had written. A writer that is always durable lost nothing. A writer that
    /// is never durable lost something, which shows that a loss can be seen here.
    pub fn finish(&self, what: &str, seed: u64, durable: Durable) {
        let Self { failures, lossy, lost, ahead, torn, holes, wrong } = self;
        report(&format!(
            "{what}, durable {}: {failures} power failures, in {lossy} of them {lost} acknowledged entries lost; {ahead} headers ahead \
             of their entries, {torn} torn lines, {holes} with NULs, {wrong} wrong; JOURNAL_TEST_SEED={seed}",
            format!("{durable:?}").to_lowercase()
        ));
        assert_eq!(*wrong, 0, "{what}: as said above");
        match durable {
            Durable::Always => assert_eq!((lossy, ahead), (&0, &0), "{what}"),
            Durable::Sometimes => {}
            Durable::Never => assert!(*lossy > 0, "{what}: nothing was lost even so"),
        }
    }
}

/// Prints a line that is seen even when the test passes.
#[expect(clippy::explicit_write, reason = "cargo captures what `eprintln` prints")]
fn report(line: &str) {
    writeln!(io::stderr(), "{line}").unwrap();
}

//! How often the power failed, and what was left of the journals.

use std::env;
use std::fmt;
use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::next::Missed;
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
    /// After how many failures a build misses something, or found no header.
    ours: Builds,
    theirs: Builds,
    /// After how many failures both journals can be compared.
    compared: usize,
    /// After how many of these a build misses something, behind the watcher's next stamp, of only one of the two journals.
    only_ours: usize,
    only_theirs: usize,
}

/// After how many failures a build misses something.
#[derive(Debug, Default)]
struct Builds {
    at_once: usize,
    after_stamp: usize,
    headerless: usize,
}

impl Builds {
    fn count(&mut self, missed: Missed) {
        self.at_once += usize::from(missed.at_once > 0);
        self.after_stamp += usize::from(missed.after_stamp > 0);
        self.headerless += usize::from(missed.headerless);
    }
}

impl fmt::Display for Builds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at_once, after_stamp, headerless } = self;
        write!(f, "{headerless} without a header, a build misses entries after {at_once}, behind a stamp {after_stamp}")
    }
}

impl Tally {
    pub fn count(&mut self, when: &str, remains: Result<Remains, String>) {
        self.failures += 1;
        match remains {
            Ok(Remains { lost, ahead, torn, holes, ours, theirs }) => {
                self.lossy += usize::from(lost > 0);
                self.lost += lost;
                self.ahead += usize::from(ahead);
                self.torn += usize::from(torn);
                self.holes += usize::from(holes);
                self.ours.count(ours);
                if let Some(theirs) = theirs {
                    self.theirs.count(theirs);
                    self.compared += 1;
                    self.only_ours += usize::from(ours.after_stamp > 0 && theirs.after_stamp == 0);
                    self.only_theirs += usize::from(ours.after_stamp == 0 && theirs.after_stamp > 0);
                }
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
        let Self { failures, lossy, lost, ahead, torn, holes, wrong, ours, theirs, compared, only_ours, only_theirs } =
            self;
        report(&format!(
            "{what}, durable {}: {failures} power failures, in {lossy} of them {lost} acknowledged entries lost; {ahead} headers ahead \
             of their entries, {torn} torn lines, {holes} with NULs, {wrong} wrong; {ours}; JOURNAL_TEST_SEED={seed}",
            format!("{durable:?}").to_lowercase()
        ));
        if durable == Durable::Never {
            report(&format!(
                "  {compared} compared with the JS module's: {theirs}; behind a stamp {only_ours} times only ours, {only_theirs} times only theirs"
            ));
        }
        assert_eq!(*wrong, 0, "{what}: as said above");
        match durable {
            Durable::Always => assert_eq!((lossy, ahead, ours.headerless, ours.after_stamp), (&0, &0, 0, 0), "{what}"),
            Durable::Sometimes => {}
            Durable::Never => {
                assert!(*lossy > 0, "{what}: nothing was lost even so");
                // Of a few failures the JS module may miss nothing.
                let is_control = *compared < 10 || theirs.after_stamp > 0;
                assert!(is_control, "{what}: a build behind the JS module missed nothing even so");
            }
        }
    }
}

/// Prints a line that is seen even when the test passes.
#[expect(clippy::explicit_write, reason = "cargo captures what `eprintln` prints")]
fn report(line: &str) {
    writeln!(io::stderr(), "{line}").unwrap();
}

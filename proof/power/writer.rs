//! The writer: this test binary, started again. It follows a story until the end or the first error, and reports each step that was
//! acknowledged. A second thread syncs now and then, as other programs and the kernel do. So some of what was written gets to the disk, in
//! any order.

use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use codegraph_journal::Journal;

use crate::next::text;
use crate::original::{Original, beside};
use crate::remains::difference;
use crate::story::{Random, Story};

const ROOT: &str = "JOURNAL_TEST_POWER_ROOT";
const TOLD: &str = "JOURNAL_TEST_POWER_TOLD";
const SEED: &str = "JOURNAL_TEST_POWER_SEED";
const STEPS: &str = "JOURNAL_TEST_POWER_STEPS";
const DURABLE: &str = "JOURNAL_TEST_POWER_DURABLE";

/// Which steps of a writer are durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durable {
    Always,
    /// Every third step, as if a durable writer wrote beside others.
    Sometimes,
    Never,
}

impl Durable {
    const ALL: [Self; 3] = [Self::Always, Self::Sometimes, Self::Never];

    pub fn is(self, step: usize) -> bool {
        self == Self::Always || self == Self::Sometimes && step.is_multiple_of(3)
    }
}

/// What a writer has reported so far.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The inode of the journal after each acknowledged step.
    pub inodes: Vec<u64>,
    /// The step up to which everything is on the disk: the last durable one, or the one before the last sync of everything.
    pub synced: usize,
    /// How many steps the JS module has done beside.
    pub played: usize,
    /// The beginning of a line whose end has not come yet.
    line: String,
}

impl Told {
    pub fn hear(&mut self, text: &str) {
        self.line += text;
        while let Some((line, rest)) = self.line.split_once('\n') {
            match line.split_once(' ').map(|(what, number)| (what, number.parse().unwrap())) {
                Some(("acknowledged", inode)) => self.inodes.push(inode),
                Some(("durably", inode)) => {
                    self.inodes.push(inode);
                    self.synced = self.inodes.len();
                }
                Some(("played", steps)) => self.played = usize::try_from(steps).unwrap(),
                Some(("synced", steps)) => self.synced = self.synced.max(usize::try_from(steps).unwrap()),
                _ => panic!("the writer said {line:?}"),
            }
            self.line = rest.to_owned();
        }
    }

    pub fn acknowledged(&self) -> usize {
        self.inodes.len()
    }
}

/// The command that starts a writer, with its journal in `root`. The writer's reports go to the file `told`.
pub fn command(root: &Path, told: &Path, seed: u64, steps: usize, durable: Durable) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "writer::follows_a_story", "--nocapture"])
        .env(ROOT, root)
        .env(TOLD, told)
        .env(SEED, seed.to_string())
        .env(STEPS, steps.to_string())
        .env(DURABLE, (durable as usize).to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Not a test by itself: the writer's process runs this.
#[test]
fn follows_a_story() {
    let Some(root) = env::var_os(ROOT) else { return };
    let number = |name| env::var(name).unwrap().parse::<u64>().unwrap();
    let (seed, steps) = (number(SEED), usize::try_from(number(STEPS)).unwrap());
    let durable = Durable::ALL[usize::try_from(number(DURABLE)).unwrap()];
    let journal = Journal::for_root(&root);
    let told = File::options().append(true).create(true).open(env::var_os(TOLD).unwrap()).unwrap();
    let tell = |line: String| (&told).write_all(line.as_bytes()).unwrap();

    let (acknowledged, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut story = Story::of(seed);
    let beside = beside(Path::new(&root));
    // The JS module has no durable writes.
    let mut original = (durable == Durable::Never).then(|| Original::start(&beside));
    let theirs = Journal::for_root(&beside);
    let journals = [journal.path(), theirs.path()];
    thread::scope(|scope| {
        scope.spawn(|| disturb(Path::new(&root), journals, seed, &acknowledged, &is_over, tell));
        for number in 1..=steps {
            if let Err(error) = story.step(number).run(&journal.clone().durable(durable.is(number)), number) {
                eprintln!("step {number}: {error:?}");
                break;
            }
            let Ok(metadata) = fs::metadata(journal.path()) else { break };
            tell(format!("{} {}\n", if durable.is(number) { "durably" } else { "acknowledged" }, metadata.ino()));
            acknowledged.store(number, Ordering::SeqCst);
            if let Some(original) = &mut original {
                if let Err(error) = original.run(story.step(number), number) {
                    eprintln!("step {number} of the JS module: {error:?}");
                    break;
                }
                tell(format!("played {number}\n"));
            }
        }
        is_over.store(true, Ordering::SeqCst);
    });
    if acknowledged.into_inner() == steps {
        is(&journal, story.state(steps).unwrap());
        if original.is_some() {
            is(&theirs, &story.originals(steps));
        }
    }
}

fn is(journal: &Journal, expected: &str) {
    let found = text(journal.path()).unwrap_or_default();
    assert!(found == expected, "the story is wrong: {}", difference(&found, expected));
}

/// Syncs something now and then: another file, a part of the journals, or, seldom, everything.
fn disturb(
    root: &Path,
    journals: [&Path; 2],
    seed: u64,
    acknowledged: &AtomicUsize,
    is_over: &AtomicBool,
    tell: impl Fn(String),
) {
    let mut random = Random(!seed);
    let other = File::create(root.join("other")).unwrap();
    while !is_over.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_micros(random.below(4000) as u64));
        // Any error comes from the power failure.
        match random.below(40) {
            0 => {
                let before = acknowledged.load(Ordering::SeqCst);
                // SAFETY: the call takes only a descriptor, which is open.
                if unsafe { libc::syncfs(other.as_raw_fd()) } == 0 {
                    tell(format!("synced {before}\n"));
                }
            }
            1..20 => drop((&other).write_all(b"x").and_then(|()| other.sync_all())),
            _ => {
                let page = [0, 4096, 8192, 12288][random.below(4)];
                for journal in journals.into_iter().filter_map(|journal| File::open(journal).ok()) {
                    // SAFETY: the call takes a descriptor, which is open, and numbers.
                    let _ =
                        unsafe { libc::sync_file_range(journal.as_raw_fd(), page, 4096, libc::SYNC_FILE_RANGE_WRITE) };
                }
            }
        }
    }
}

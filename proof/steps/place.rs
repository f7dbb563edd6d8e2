//! The states in which a writer can find a journal, and what may become of it.

use std::env;
use std::fs::{self, File, FileTimes};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use codegraph_journal::{Entry, Journal};
use tempfile::TempDir;

use crate::strace;
use crate::writer::Operation;

/// The new timestamp. It differs from every older one here in the last digits too, so that a half-written timestamp is neither of the two.
pub const NOW: u64 = 1_712_345_678_901;
const PREFIX: &str = "# codegraph-journal v1 ";
const STAMPED: &str = "# codegraph-journal v1 1600000000000\n";
const BODY: &str = "# codegraph-journal v1 1600000000000\nold/a\nDELETED old/b\n";

/// A journal with a position in it, up to which it was read.
const READ: &str = "# codegraph-journal v1 1600000000000\nold/a\n# position 0123456789abcdef\nDELETED old/b\n";

/// A journal so long that the first entry of a batch lies across the end of a page.
const LONG: &str = match str::from_utf8(&LONG_BYTES) {
    Ok(text) => text,
    Err(_) => unreachable!(),
};
const PAGE: usize = 4096;
const LONG_BYTES: [u8; PAGE - 5] = {
    let mut bytes = [b'o'; PAGE - 5];
    bytes.split_at_mut(STAMPED.len()).0.copy_from_slice(STAMPED.as_bytes());
    bytes[PAGE - 6] = b'\n';
    bytes
};

/// The one file elsewhere that a writer opens. It has the id of this boot.
pub const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// How late a writer may be that nothing holds up.
const AT_ONCE: Duration = Duration::from_millis(100);
/// How long a writer settles that takes over a lockfile which others could be judging.
const SETTLE: Duration = Duration::from_millis(100);
/// How often a late step is tried, because a process can be slow only because the machine is busy.
const TRIES: u32 = 3;

/// A starting state.
#[derive(Debug)]
pub struct State {
    pub name: &'static str,
    pub journal: Option<&'static str>,
    pub beside: Beside,
}

/// What is there beside the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    Nothing,
    NoDirectory,
    SecondLink,
    DeadJs,
    DeadNative,
    OldNative,
    /// The lockfile that an earlier native writer has left to be used again.
    Kept,
    /// One that nobody may use again, for it is 31 s old.
    OldKept,
    /// A native of our domain was killed while the reusable lockfile was the lockfile.
    DeadKept,
}

const fn state(name: &'static str, journal: Option<&'static str>, beside: Beside) -> State {
    State { name, journal, beside }
}

pub const STATES: [State; 15] = [
    state("no directory", None, Beside::NoDirectory),
    state("no journal", None, Beside::Nothing),
    state("header only", Some(STAMPED), Beside::Nothing),
    state("body", Some(BODY), Beside::Nothing),
    state("page's end", Some(LONG), Beside::Nothing),
    state("torn tail", Some("# codegraph-journal v1 1600000000000\nold/a\nold/to"), Beside::Nothing),
    state("read so far", Some(READ), Beside::Nothing),
    state("odd header", Some("# codegraph-journal v1 1.6e12\nold/a\n"), Beside::Nothing),
    state("second link", Some(BODY), Beside::SecondLink),
    state("dead JS writer's lockfile", Some(BODY), Beside::DeadJs),
    state("dead native's lockfile", Some(BODY), Beside::DeadNative),
    state("old foreign native's lockfile", Some(BODY), Beside::OldNative),
    state("reusable lockfile", Some(BODY), Beside::Kept),
    state("old reusable lockfile", Some(BODY), Beside::OldKept),
    state("dead native's reusable lockfile", Some(BODY), Beside::DeadKept),
];

impl State {
    /// The texts that the journal may have, from untouched to done, if the operation stops somewhere.
    pub fn stages(&self, operation: Operation, batch: &str) -> Vec<Option<String>> {
        let old = self.journal.map(str::to_owned);
        let stamped = format!("{PREFIX}{NOW}\n");
        match operation {
            Operation::Append => {
                let done = appended(self.journal, batch);
                [old].into_iter().chain(self.commented(&done).map(Some)).chain([Some(done)]).collect()
            }
            Operation::Reset => vec![old, Some(stamped)],
            Operation::Checkpoint if self.journal == Some(READ) => vec![old, Some(stamped + "DELETED old/b\n")],
            Operation::AppendAndStamp | Operation::Durably | Operation::Checkpoint => {
                // A checkpoint only stamps if its position is not in the journal.
                let batch = if operation == Operation::Checkpoint { "" } else { batch };
                let Some(text) = self.journal else { return vec![None, Some(stamped + batch)] };
                let (header, _) = text.split_once('\n').unwrap();
                let longer = appended(self.journal, batch);
                let done = longer.replacen(header, stamped.trim_end(), 1);
                // Where the header is overwritten in place, the entries are there first. Then the high digits of the header change, while the
                // low ones are cleared.
                let cleared = done.replacen(&NOW.to_string(), &(NOW / 10_000 * 10_000).to_string(), 1);
                let in_place = header.len() + 1 == stamped.len() && self.beside != Beside::SecondLink;
                let commented = self.commented(&longer);
                let stages = if in_place { vec![longer, cleared, done] } else { vec![done] };
                [old].into_iter().chain(commented.into_iter().chain(stages).map(Some)).collect()
            }
        }
    }

    /// What is there first if an entry lies across the end of a page: that entry is a comment.
    fn commented(&self, longer: &str) -> Option<String> {
        let old = self.journal.filter(|old| old.len() < PAGE && PAGE < longer.len())?;
        Some(format!("{old}#{}", &longer[old.len() + 1..]))
    }
}

/// A journal, or none yet, with lines behind it. The first of them begins a line of its own.
fn appended(journal: Option<&str>, lines: &str) -> String {
    match journal {
        None => format!("{PREFIX}0\n{lines}"),
        Some(text) if text.ends_with('\n') => format!("{text}{lines}"),
        Some(text) => format!("{text}\n{lines}"),
    }
}

/// Where the places are: in the directory that the environment names, perhaps on another file system, else in memory. An `fdatasync` on a
/// busy disk takes longer than the times that are measured here.
fn here() -> PathBuf {
    env::var_os("JOURNAL_TEST_DIR").unwrap_or_else(|| "/dev/shm".into()).into()
}

/// A project in some state.
pub struct Place {
    dir: TempDir,
    pub journal: Journal,
    beside: Beside,
    staged: Option<Lockfile>,
}

/// A lockfile as found.
#[derive(Debug, PartialEq, Eq)]
pub struct Lockfile {
    inode: u64,
    modified: SystemTime,
    text: String,
}

impl Place {
    pub fn stage(state: &State) -> Self {
        Self::stage_in(&here(), state)
    }

    pub fn stage_in(dir: &Path, state: &State) -> Self {
        let dir = TempDir::new_in(dir).unwrap();
        let journal = Journal::for_root(dir.path());
        let mut place = Self { dir, journal, beside: state.beside, staged: None };
        if state.beside == Beside::NoDirectory {
            return place;
        }
        fs::create_dir(place.directory()).unwrap();
        if matches!(state.beside, Beside::Kept | Beside::OldKept | Beside::DeadKept) {
            place.journal.append(&[]).unwrap();
        }
        if let Some(text) = state.journal {
            fs::write(place.journal.path(), text).unwrap();
        }
        match state.beside {
            Beside::SecondLink => fs::hard_link(place.journal.path(), place.second_link()).unwrap(),
            // The largest pid there can be is far below this.
            Beside::DeadJs => place.stage_lockfile("2147483647\n2147483647-0011223344556677\n", 1),
            Beside::DeadNative => place.stage_lockfile(dead_native(), 1),
            Beside::OldNative => {
                place.stage_lockfile(&format!("{:<127}\n", "1\n9-0011223344556677\nnative v1 - 9 0"), 31);
            }
            Beside::OldKept => backdate(&place.kept_claim().expect("a reusable lockfile"), 31),
            Beside::DeadKept => {
                fs::hard_link(place.kept_claim().expect("a reusable lockfile"), place.lockfile_path()).unwrap();
                place.staged = place.lockfile();
            }
            Beside::Nothing | Beside::NoDirectory | Beside::Kept => {}
        }
        place
    }

    fn stage_lockfile(&mut self, text: &str, age: u64) {
        fs::write(self.lockfile_path(), text).unwrap();
        backdate(&self.lockfile_path(), age);
        self.staged = self.lockfile();
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    fn directory(&self) -> &Path {
        self.journal.path().parent().unwrap()
    }

    pub fn lockfile_path(&self) -> PathBuf {
        self.directory().join("changes.journal.lock")
    }

    fn second_link(&self) -> PathBuf {
        self.dir.path().join("snapshot")
    }

    pub fn text(&self) -> Option<String> {
        fs::read_to_string(self.journal.path()).ok()
    }

    pub fn lockfile(&self) -> Option<Lockfile> {
        let metadata = fs::metadata(self.lockfile_path()).ok()?;
        let text = fs::read_to_string(self.lockfile_path()).unwrap();
        Some(Lockfile { inode: metadata.ino(), modified: metadata.modified().unwrap(), text })
    }

    /// Whether the lockfile is as it was staged: missing, or unchanged.
    pub fn lockfile_is_untouched(&self) -> bool {
        self.lockfile() == self.staged
    }

    /// The private files, besides the reusable lockfile.
    pub fn private_files(&self) -> Vec<PathBuf> {
        self.paths().into_iter().filter(|path| is_private(path) && !is_kept(path)).collect()
    }

    fn kept_claim(&self) -> Option<PathBuf> {
        self.paths().into_iter().find(|path| is_kept(path))
    }

    fn paths(&self) -> Vec<PathBuf> {
        fs::read_dir(self.directory()).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    }

    /// The journal is one of these texts, and reads accordingly. It is valid if it was valid before. If the header is the new one, all entries
    /// are there.
    pub fn expect_one_of(&self, stages: &[Option<String>], step: &str) {
        let found = self.text();
        let is_found = stages.iter().any(|stage| unpadded(stage.as_deref()) == unpadded(found.as_deref()));
        assert!(is_found, "{step}: the journal is {found:?}");
        let contents = self.journal.read();
        let was_valid = stages[0].as_deref().is_some_and(|old| !old.starts_with("# codegraph-journal v1 0\n"));
        assert!(contents.is_some() || !was_valid, "{step}: invalid: {found:?}");
        let is_new = contents.is_some_and(|contents| *contents.timestamp() == NOW.into());
        let last = stages.last().unwrap().as_deref();
        assert!(
            !is_new || unpadded(found.as_deref()) == unpadded(last),
            "{step}: the header is newer than the entries: {found:?}"
        );
        if let Ok(snapshot) = fs::read_to_string(self.second_link()) {
            assert_eq!(snapshot, BODY, "{step}: written through the other name");
        }
    }

    /// The next writer gets in, writes, and leaves only what is swept later. The error is how late that writer was.
    pub fn next_writer(&self, step: &str) -> Result<(), Duration> {
        let found = self.text();
        // Others can have judged a lockfile that is over 0.4 s old, even if a native writer of this domain has died since while taking it over.
        let is_contested =
            matches!(self.beside, Beside::DeadJs | Beside::OldNative | Beside::DeadNative) && self.lockfile().is_some();
        let settle = if is_contested { SETTLE } else { Duration::ZERO };
        let start = Instant::now();
        self.journal.append(&[Entry::changed("next")]).unwrap_or_else(|error| panic!("{step}: next writer: {error:?}"));
        let took = start.elapsed();
        let expected = appended(found.as_deref(), "next\n");
        assert_eq!(unpadded(self.text().as_deref()), unpadded(Some(&expected)), "{step}: after the next writer");

        let mut rest = self.paths();
        rest.retain(|path| !is_private(path));
        rest.sort();
        let lasting = [self.journal.path().to_owned()];
        assert_eq!(rest, lasting, "{step}: after the next writer");
        if took < AT_ONCE + settle { Ok(()) } else { Err(took) }
    }

    /// Private files that are over 30 s old are gone after the next write that sweeps.
    pub fn expect_swept(&self, step: &str) {
        for path in self.private_files() {
            backdate(&path, 31);
        }
        let elsewhere = TempDir::new_in(here()).unwrap();
        for journal in [&Journal::for_root(elsewhere.path()), &self.journal] {
            journal.append(&[Entry::changed("sweeper")]).unwrap();
        }
        assert!(self.private_files().is_empty(), "{step}: not swept: {:?}", self.private_files());
    }
}

/// Repeats a step whose next writer was late. Noise does not repeat, but being held up does.
pub fn promptly(step: &str, mut attempt: impl FnMut() -> Result<(), Duration>) {
    let late: Vec<_> = (0..TRIES).map_while(|_| attempt().err()).collect();
    assert!(late.len() < TRIES as usize, "{step}: the next writer was held up: {late:?}");
}

/// A journal without the blank lines that fill a page up before a line that would lie over its end.
fn unpadded(journal: Option<&str>) -> Option<String> {
    let is_blank = |line: &&str| line.trim_matches(' ') == "\n";
    journal.map(|text| text.split_inclusive('\n').filter(|line| !is_blank(line)).collect())
}

/// `changes.journal.lock.*.tmp`, the reusable lockfile among them.
fn is_private(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.starts_with("changes.journal.lock.") && path.extension().is_some_and(|extension| extension == "tmp")
}

/// `changes.journal.lock.<boot>-<device>.tmp`: a private file's name has a pid and a nonce there.
pub fn is_kept(path: &Path) -> bool {
    const BOOT_LEN: usize = 32;
    let name =
        path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("changes.journal.lock."));
    name.and_then(|name| name.split_once('-')).is_some_and(|(boot, _)| boot.len() == BOOT_LEN)
}

fn backdate(path: &Path, age: u64) {
    let times = FileTimes::new().set_modified(SystemTime::now() - Duration::from_secs(age));
    File::options().write(true).open(path).unwrap().set_times(times).unwrap();
}

/// The claim of a native of this domain that was killed while it held the lock.
fn dead_native() -> &'static str {
    static CLAIM: OnceLock<String> = OnceLock::new();
    CLAIM.get_or_init(|| {
        let place = Place::stage(&state("reusable lockfile", Some(BODY), Beside::Kept));
        let patience = Duration::from_secs(5);
        let calls = strace::run(place.root(), Operation::Append, patience, None).calls;
        let release = calls.iter().rfind(|call| call.name.starts_with("unlink")).expect("a removed lockfile");
        strace::run(place.root(), Operation::Append, patience, Some(&release.killing()));
        place.lockfile().expect("the lockfile of a killed writer").text
    })
}

//! The writer: this test binary, started again to do one operation, or several.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use codegraph_journal::{Entry, Error, Journal, Receipt, Timestamp};

use crate::place::NOW;

const ROOT: &str = "JOURNAL_TEST_ROOT";
const OPERATION: &str = "JOURNAL_TEST_OPERATION";
const TIMEOUT: &str = "JOURNAL_TEST_TIMEOUT_MS";
const NAME: &str = "JOURNAL_TEST_NAME";

/// Paths that the writer looks for right before and right after the operation. They don't exist, but show in the log where the operation
/// begins and ends.
pub const BEGIN: &str = "/the operation begins";
pub const END: &str = "/the operation ends";

/// The lines that a writer writes.
pub const BATCH: &str = "new/changed\nDELETED new/gone\n";
/// The position up to which a checkpoint drops.
pub const POSITION: &str = "0123456789abcdef";
/// How many operations a writer does that has a name.
pub const SEVERAL: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    Append,
    AppendAndStamp,
    Reset,
    Checkpoint,
    /// A durable `AppendAndStamp`.
    Durably,
}

impl Operation {
    pub const ALL: [Self; 5] = [Self::Append, Self::AppendAndStamp, Self::Reset, Self::Checkpoint, Self::Durably];

    /// Writes the entries whose lines these are.
    pub fn run(self, journal: &Journal, lines: &str) -> Result<Receipt, Error> {
        let entry = |line| str::strip_prefix(line, "DELETED ").map_or(Entry::changed(line), Entry::deleted);
        let batch: Vec<_> = lines.lines().map(entry).collect();
        match self {
            Self::Append => journal.append(&batch),
            Self::AppendAndStamp => journal.append_and_stamp(&batch, &Timestamp::from(NOW)),
            Self::Durably => journal.clone().durable(true).append_and_stamp(&batch, &Timestamp::from(NOW)),
            Self::Checkpoint => {
                let position = POSITION.parse().expect("a position");
                journal.checkpoint(position, &Timestamp::from(NOW)).map(|checkpoint| checkpoint.receipt)
            }
            Self::Reset => journal.reset(&Timestamp::from(NOW)),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Append => "append",
            Self::AppendAndStamp => "append_and_stamp",
            Self::Reset => "reset",
            Self::Checkpoint => "checkpoint",
            Self::Durably => "durable append_and_stamp",
        })
    }
}

/// The result of an operation. The writer prints it as one line on its standard error.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Acknowledged { degraded: String, takeovers: u32 },
    Io { syscall: String, errno: i32, path: PathBuf },
    LockTimeout,
    Other(String),
}

impl Outcome {
    fn tell(result: Result<Receipt, Error>) -> String {
        match result {
            Ok(receipt) => format!("acknowledged\t{:?}\t{}", receipt.degraded, receipt.takeovers),
            Err(Error::Io { syscall, path, source }) => {
                format!("io\t{syscall}\t{}\t{}", source.raw_os_error().unwrap_or(0), path.display())
            }
            Err(Error::LockTimeout { .. }) => "timeout".to_owned(),
            Err(other) => format!("other\t{other}"),
        }
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split('\t');
        Some(match (words.next()?, words.next(), words.next(), words.next()) {
            ("acknowledged", Some(degraded), Some(takeovers), _) => {
                Self::Acknowledged { degraded: degraded.to_owned(), takeovers: takeovers.parse().ok()? }
            }
            ("io", Some(syscall), Some(errno), Some(path)) => {
                Self::Io { syscall: syscall.to_owned(), errno: errno.parse().ok()?, path: path.into() }
            }
            ("timeout", ..) => Self::LockTimeout,
            ("other", Some(error), ..) => Self::Other(error.to_owned()),
            _ => return None,
        })
    }
}

/// What a writer has printed: how each of its operations ended, and how long that took.
pub fn outcomes(stderr: &str) -> Vec<(Outcome, Duration)> {
    let outcome = |line: &str| {
        let (micros, told) = line.split_once('\t')?;
        Some((Outcome::parse(told)?, Duration::from_micros(micros.parse().ok()?)))
    };
    stderr.lines().map(|line| outcome(line).unwrap_or_else(|| panic!("the writer said: {stderr}"))).collect()
}

/// Runs the writer before `main`, and so in the main thread. strace counts each thread's calls by itself. The process starts with calls of
/// the main thread, and a call of a test's own thread would have the number of one of those.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = be_the_writer_if_asked;

extern "C" fn be_the_writer_if_asked() {
    let Some(root) = env::var_os(ROOT) else { return };
    let operation = Operation::ALL[env::var(OPERATION).unwrap().parse::<usize>().unwrap()];
    let timeout = Duration::from_millis(env::var(TIMEOUT).unwrap().parse().unwrap());
    let journal = Journal::for_root(root).with_lock_timeout(timeout);
    match env::var(NAME) {
        Ok(name) => (0..SEVERAL).for_each(|number| write(operation, &journal, &entry(&name, number))),
        Err(_) => write(operation, &journal, BATCH),
    }
    std::process::exit(0);
}

fn write(operation: Operation, journal: &Journal, lines: &str) {
    let _ = fs::metadata(BEGIN);
    let start = Instant::now();
    let result = operation.run(journal, lines);
    let took = start.elapsed();
    let _ = fs::metadata(END);
    eprintln!("{}\t{}", took.as_micros(), Outcome::tell(result));
}

/// The file name that a writer with a name writes in its operation `number`.
pub fn entry(name: &str, number: usize) -> String {
    format!("{name}/{number}")
}

/// The command that starts a writer. The writer runs under `tracer`, if there is one.
pub fn command(tracer: &[&str], root: &Path, operation: Operation, timeout: Duration) -> Command {
    let this = env::current_exe().unwrap();
    let mut words = tracer.iter().map(AsRef::as_ref).chain([this.as_os_str()]);
    let mut command = Command::new(words.next().unwrap());
    command
        .args(words)
        .env(ROOT, root)
        .env(OPERATION, (operation as usize).to_string())
        .env(TIMEOUT, timeout.as_millis().to_string());
    command
}

/// The same for a writer with a name of its own, which does several operations.
pub fn several(tracer: &[&str], root: &Path, operation: Operation, timeout: Duration, name: &str) -> Command {
    let mut command = command(tracer, root, operation, timeout);
    command.env(NAME, name);
    command
}

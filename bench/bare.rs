//! The bare system calls: the least that each operation of the journal can cost here. `npm run bench` runs it beside the real thing.
//!
//! One order a line on the standard input, `OPERATION CALLS LIMIT_MS BATCH RESTORES DIRECTORY`; one answer a line: the nanoseconds of
//! each call. Every file is opened before the first call and kept, which no writer that shares the journal could do. The exception is
//! `append-as-ours`: what an append of this package asks of the system, in the same order.

#[cfg(unix)]
mod whole;

use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// As many calls are made even if they take longer than the limit.
const FEWEST_CALLS: usize = 4;

/// As long as a claim.
const CLAIM: [u8; 224] = [b'x'; 224];

/// Where the timestamp is in the header.
const TIMESTAMP_AT: u64 = "# codegraph-journal v1 ".len() as u64;

fn main() -> Result<(), Box<dyn Error>> {
    for order in io::stdin().lock().lines() {
        let times = run(&order?)?;
        let mut answer = String::new();
        for time in times {
            write!(answer, "{} ", time.as_nanos())?;
        }
        println!("{}", answer.trim_end());
    }
    Ok(())
}

fn run(order: &str) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut words = order.splitn(6, ' ');
    let mut word = || words.next().ok_or("an order has six words");
    let operation = word()?;
    let calls: usize = word()?.parse()?;
    let limit = Duration::from_millis(word()?.parse()?);
    let batch: usize = word()?.parse()?;
    let restores = word()? == "true";
    let files = Files::open(Path::new(word()?), batch)?;
    let call: fn(&Files) -> io::Result<()> = match operation {
        "append" => Files::append,
        "append-with-lockfile" => Files::append_with_lockfile,
        "append-as-ours" => Files::append_as_ours,
        "stamp" => Files::stamp,
        "rewrite" => Files::rewrite,
        "reset" => Files::reset,
        "read" => Files::read,
        _ => return Err(format!("there is no operation {operation}").into()),
    };

    let begun = Instant::now();
    let mut times = Vec::with_capacity(calls);
    while times.len() < calls && (times.len() < FEWEST_CALLS || begun.elapsed() < limit) {
        if restores {
            files.restore()?;
        }
        let start = Instant::now();
        call(&files)?;
        times.push(start.elapsed());
    }
    Ok(times)
}

/// The files of one journal, and what is written to them.
struct Files {
    path: PathBuf,
    temporary: PathBuf,
    lockfile: PathBuf,
    private: PathBuf,
    journal: File,
    header: File,
    locked: File,
    claim: File,
    before: Vec<u8>,
    lines: Vec<u8>,
}

impl Files {
    fn open(dir: &Path, batch: usize) -> io::Result<Self> {
        let at = |suffix: &str| dir.join(format!("changes.journal{suffix}"));
        let [path, private] = [at(""), at(".private")];
        let made = |path: &Path| OpenOptions::new().write(true).create(true).truncate(true).open(path);
        Ok(Self {
            journal: OpenOptions::new().append(true).open(&path)?,
            // Another one, for on Linux a file opened to append is appended to by `pwrite` too.
            header: OpenOptions::new().write(true).open(&path)?,
            locked: made(&at(".locked"))?,
            claim: made(&private)?,
            before: fs::read(&path)?,
            lines: b"src/module-012/file-000123.ts\n".repeat(batch),
            temporary: at(".tmp"),
            lockfile: at(".lock"),
            path,
            private,
        })
    }

    /// Undoes a call: cuts off what was appended, or makes a journal again that was reset.
    fn restore(&self) -> io::Result<()> {
        let (now, before) = (fs::metadata(&self.path)?.len(), self.before.len() as u64);
        if now > before {
            self.header.set_len(before)?;
        }
        if now < before {
            fs::remove_file(&self.path)?; // not written over: ext4 would then begin to write it to the disk
            fs::write(&self.path, &self.before)?;
        }
        Ok(())
    }

    /// Under a kernel lock.
    fn append(&self) -> io::Result<()> {
        self.locked.lock()?;
        (&self.journal).write_all(&self.lines)?;
        self.locked.unlock()
    }

    /// Under a kernel lock and a lockfile that is one inode, linked and unlinked again and again.
    fn append_with_lockfile(&self) -> io::Result<()> {
        self.locked.lock()?;
        overwrite(&self.claim, &CLAIM, 0)?;
        fs::hard_link(&self.private, &self.lockfile)?;
        (&self.journal).write_all(&self.lines)?;
        fs::remove_file(&self.lockfile)?;
        self.locked.unlock()
    }

    #[cfg(unix)]
    fn append_as_ours(&self) -> io::Result<()> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        whole::append(dir, "changes.journal.private", "changes.journal.lock", "changes.journal", &self.lines)
    }

    /// The calls of an append are others here.
    #[cfg(not(unix))]
    fn append_as_ours(&self) -> io::Result<()> {
        self.append_with_lockfile()
    }

    /// Entry and header in place, under a kernel lock.
    fn stamp(&self) -> io::Result<()> {
        self.locked.lock()?;
        (&self.journal).write_all(&self.lines)?;
        overwrite(&self.header, b"1700000000000", TIMESTAMP_AT)?;
        self.locked.unlock()
    }

    /// A stamp that puts a new file in the journal's place, under a kernel lock.
    fn rewrite(&self) -> io::Result<()> {
        self.locked.lock()?;
        let mut contents = fs::read(&self.path)?;
        contents.extend_from_slice(&self.lines);
        fs::write(&self.temporary, contents)?;
        fs::rename(&self.temporary, &self.path)?;
        self.locked.unlock()
    }

    fn reset(&self) -> io::Result<()> {
        self.locked.lock()?;
        fs::write(&self.temporary, b"# codegraph-journal v1 1700000000000\n")?;
        fs::rename(&self.temporary, &self.path)?;
        self.locked.unlock()
    }

    fn read(&self) -> io::Result<()> {
        let mut contents = Vec::new();
        File::open(&self.path)?.read_to_end(&mut contents)?;
        drop(std::hint::black_box(contents));
        Ok(())
    }
}

/// One system call, whatever the system names the call.
#[cfg(unix)]
fn overwrite(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

/// One system call, whatever the system names the call.
#[cfg(windows)]
fn overwrite(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, offset).map(drop)
}

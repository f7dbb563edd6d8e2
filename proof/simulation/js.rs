//! codegraph's JS module, version 3.11.2, call by call: its writers, its reader, its lock.
//!
//! Written from what the module is seen to do. `__test__/js-port.slow.test.mjs` runs both on a real directory and compares calls, bytes and
//! answers. The calls are those of Node 20 and 22 (libuv included); Node 24 reads more at a time from the 8,193rd byte on.

use super::calls::{Calls, Flags};
use std::io::{self, ErrorKind};

const JOURNAL: &str = "changes.journal";
const HEADER: &str = "# codegraph-journal v1 ";
const DELETED: &str = "DELETED ";
/// How long a writer waits for the lock.
pub const TIMEOUT_MS: f64 = 5_000.0;
/// From this age on a lockfile is stale, and a private file is swept.
pub const STALE_MS: f64 = 30_000.0;
/// How long it spins between two tries.
pub const RETRY_MS: u64 = 25;
/// What Node's `readFileSync` asks for at a time.
const CHUNK: usize = 8192;
/// By number: `EACCES` is of the same `ErrorKind`, and means the opposite here.
const EPERM: i32 = 1;

/// One entry, as callers give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file's name.
    pub file: String,
    /// Whether it is gone.
    pub deleted: bool,
}

/// A system call that failed, by the name that Node's error has for it.
#[derive(Debug)]
pub struct Failed {
    /// `open`, `write`, `close`, `rename`, …
    pub call: &'static str,
    /// What the system said.
    pub error: io::Error,
}

/// What a writer throws.
#[derive(Debug)]
pub enum Thrown {
    /// Others have had the lock for `TIMEOUT_MS`.
    Timeout,
    /// The directory, the lockfile or, by `append` only, the journal.
    System(Failed),
}

/// What a writer that has returned has to say.
#[derive(Debug)]
pub struct Written {
    /// Why nothing was written, if the module warns of that. It returns as if all were well.
    pub warned: Option<Failed>,
}

/// A valid journal, as the reader returns it.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// The header's time.
    pub timestamp: f64,
    /// Changed files, each once.
    pub changed: Vec<String>,
    /// Deleted files, each once.
    pub removed: Vec<String>,
}

struct Lock<F> {
    file: F,
    nonce: String,
}

/// `appendJournalEntries`
pub fn append<C: Calls>(calls: &C, root: &str, entries: &[Entry]) -> Result<Written, Thrown> {
    locked(calls, root, |journal| {
        if again(|| calls.access(journal)).is_err() {
            write_file(calls, journal, Flags::Write, &format!("{HEADER}0\n")).map_err(Thrown::System)?;
        }
        // Without an entry this is an empty line.
        let text = format!("{}\n", lines(entries));
        write_file(calls, journal, Flags::Append, &text).map_err(Thrown::System)?;
        Ok(Written { warned: None })
    })
}

/// `writeJournalHeader`
pub fn write_header<C: Calls>(calls: &C, root: &str, timestamp: u64) -> Result<Written, Thrown> {
    locked(calls, root, |journal| Ok(replace(calls, journal, &format!("{HEADER}{timestamp}\n"))))
}

/// `appendJournalEntriesAndStampHeader`
pub fn append_and_stamp<C: Calls>(calls: &C, root: &str, entries: &[Entry], timestamp: u64) -> Result<Written, Thrown> {
    locked(calls, root, |journal| {
        let old = read_file(calls, journal).unwrap_or_default();
        let mut text = format!("{HEADER}{timestamp}\n");
        if let Some((_, body)) = old.split_once('\n') {
            text.push_str(body);
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        if !entries.is_empty() {
            text.push_str(&lines(entries));
            text.push('\n');
        }
        Ok(replace(calls, journal, &text))
    })
}

/// `readJournal`; `None` is its `{ valid: false }`.
pub fn read<C: Calls>(calls: &C, root: &str) -> Option<Contents> {
    let text = read_file(calls, &format!("{root}/.codegraph/{JOURNAL}")).ok()?;
    let mut lines = text.split('\n');
    let timestamp = number(lines.next()?.strip_prefix(HEADER)?);
    if !timestamp.is_finite() || timestamp <= 0.0 {
        return None;
    }
    let mut contents = Contents { timestamp, changed: Vec::new(), removed: Vec::new() };
    for line in lines.map(trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (names, name) = match line.strip_prefix(DELETED) {
            Some(name) => (&mut contents.removed, name),
            None => (&mut contents.changed, line),
        };
        if !name.is_empty() && !names.iter().any(|each| each == name) {
            names.push(name.to_owned());
        }
    }
    Some(contents)
}

fn lines(entries: &[Entry]) -> String {
    let line = |entry: &Entry| format!("{}{}", if entry.deleted { DELETED } else { "" }, entry.file);
    entries.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What both stampers do with the new text. The journal's own file is never written to.
fn replace<C: Calls>(calls: &C, journal: &str, text: &str) -> Written {
    let private = format!("{journal}.tmp");
    let replaced = write_file(calls, &private, Flags::Write, text).and_then(|()| rename(calls, &private, journal));
    if replaced.is_err() {
        // Whether it can be removed is the same to the module.
        let _ = again(|| calls.unlink(&private));
    }
    Written { warned: replaced.err() }
}

/// Takes the lock, lets `act` write the journal, and releases the lock, whatever came of it.
fn locked<C: Calls, T>(calls: &C, root: &str, act: impl FnOnce(&str) -> Result<T, Thrown>) -> Result<T, Thrown> {
    let dir = format!("{root}/.codegraph");
    make_dirs(calls, &dir).map_err(failed("mkdir")).map_err(Thrown::System)?;
    sweep(calls, &dir);
    let journal = format!("{dir}/{JOURNAL}");
    let lockfile = format!("{journal}.lock");
    let lock = acquire(calls, &lockfile)?;
    let result = act(&journal);
    release(calls, &lockfile, lock);
    result
}

/// Removes old private lockfiles, whoever made them. No failure of this stops a writer.
fn sweep<C: Calls>(calls: &C, dir: &str) {
    let Ok(mut names) = again(|| calls.names(dir)) else { return };
    let now = calls.date_now();
    // libuv sorts them.
    names.sort();
    for (name, is_file) in names {
        if !is_file || !name.starts_with("changes.journal.lock.") || !name.as_bytes().ends_with(b".tmp") {
            continue;
        }
        let path = format!("{dir}/{name}");
        if again(|| calls.stat(&path)).is_ok_and(|stat| now - stat.mtime_ms > STALE_MS) {
            let _ = again(|| calls.unlink(&path));
        }
    }
}

fn acquire<C: Calls>(calls: &C, lockfile: &str) -> Result<Lock<C::File>, Thrown> {
    let start = calls.date_now();
    loop {
        if let Some(lock) = create(calls, lockfile)? {
            return Ok(lock);
        }
        if is_stale(calls, lockfile)
            && let Some(lock) = steal(calls, lockfile)
        {
            return Ok(lock);
        }
        // The wall clock: set forward it ends the wait, set back it prolongs it.
        if calls.date_now() - start > TIMEOUT_MS {
            return Err(Thrown::Timeout);
        }
        calls.spin(RETRY_MS);
    }
}

/// Makes the lockfile, then writes the claim into it: in between it is empty. `None`: somebody has it, or the claim can't be written.
fn create<C: Calls>(calls: &C, lockfile: &str) -> Result<Option<Lock<C::File>>, Thrown> {
    let nonce = nonce(calls);
    let file = match again(|| calls.open(lockfile, Flags::CreateNew)) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(Thrown::System(failed("open")(error))),
    };
    // `fs.writeSync`: what could not be written of it is not asked for.
    if write_some(calls, &file, claim(calls, &nonce).as_bytes()).is_err() {
        let _ = close(calls, file);
        let _ = again(|| calls.unlink(lockfile));
        return Ok(None);
    }
    Ok(Some(Lock { file, nonce }))
}

/// A dead process's, of no process, or too old. What can't be read goes by its age.
fn is_stale<C: Calls>(calls: &C, lockfile: &str) -> bool {
    if let Ok(text) = read_file(calls, lockfile)
        && !is_alive(calls, number(text.split('\n').next().unwrap_or_default()))
    {
        return true;
    }
    again(|| calls.stat(lockfile)).is_ok_and(|stat| calls.date_now() - stat.mtime_ms > STALE_MS)
}

/// Of a number that is no `i32` Node's `process.kill` says so, without a system call, and the module takes that for dead.
fn is_alive<C: Calls>(calls: &C, pid: f64) -> bool {
    if pid.is_nan() || pid <= 0.0 || pid > f64::from(i32::MAX) || pid.fract() != 0.0 {
        return false;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    let killed = calls.kill_0(pid as i32);
    killed.map_or_else(|error| error.raw_os_error() == Some(EPERM), |()| true)
}

/// Renames a lockfile of one's own over a stale one. It may be another's by then, or gone.
fn steal<C: Calls>(calls: &C, lockfile: &str) -> Option<Lock<C::File>> {
    let nonce = nonce(calls);
    let private = format!("{lockfile}.{nonce}.tmp");
    // If this fails, the private file stays.
    write_file(calls, &private, Flags::Write, &claim(calls, &nonce)).ok()?;
    if rename(calls, &private, lockfile).is_err() {
        let _ = again(|| calls.unlink(&private));
        return None;
    }
    if !read_file(calls, lockfile).ok()?.contains(&nonce) {
        return None;
    }
    let file = again(|| calls.open(lockfile, Flags::ReadWrite)).ok()?;
    Some(Lock { file, nonce })
}

/// Removes the lockfile if it still has the nonce. It may be another's by the time it is removed.
fn release<C: Calls>(calls: &C, lockfile: &str, lock: Lock<C::File>) {
    let _ = close(calls, lock.file);
    if read_file(calls, lockfile).is_ok_and(|text| text.contains(&lock.nonce)) {
        let _ = again(|| calls.unlink(lockfile));
    }
}

fn nonce<C: Calls>(calls: &C) -> String {
    format!("{}-{:016x}", calls.pid(), calls.random())
}

fn claim<C: Calls>(calls: &C, nonce: &str) -> String {
    format!("{}\n{nonce}\n", calls.pid())
}

/// `fs.mkdirSync(path, { recursive: true })`
fn make_dirs<C: Calls>(calls: &C, path: &str) -> io::Result<()> {
    let mut missing = vec![path];
    while let Some(path) = missing.pop() {
        let Err(error) = again(|| calls.mkdir(path)) else { continue };
        match error.kind() {
            ErrorKind::NotFound => {
                let parent = path.rfind('/').map_or(path, |end| &path[..end]);
                missing.extend([path, parent]);
            }
            ErrorKind::PermissionDenied | ErrorKind::StorageFull | ErrorKind::NotADirectory => return Err(error),
            // Any other is overlooked if a directory is there.
            _ if again(|| calls.stat(path))?.is_dir => {}
            _ if missing.is_empty() => return Err(ErrorKind::AlreadyExists.into()),
            _ => return Err(ErrorKind::NotADirectory.into()),
        }
    }
    Ok(())
}

/// `fs.readFileSync(path, 'utf-8')`
fn read_file<C: Calls>(calls: &C, path: &str) -> Result<String, Failed> {
    let file = again(|| calls.open(path, Flags::Read)).map_err(failed("open"))?;
    let mut bytes = Vec::new();
    let end = loop {
        match calls.read(&file, CHUNK) {
            Ok(more) if more.is_empty() => break Ok(()),
            Ok(more) => bytes.extend(more),
            Err(error) => break Err(failed("read")(error)),
        }
    };
    if close(calls, file).is_err() {
        // Node asserts that this never fails.
        calls.abort();
    }
    end.map(|()| String::from_utf8_lossy(&bytes).into_owned())
}

/// `fs.writeFileSync` and, with `Flags::Append`, `fs.appendFileSync`
fn write_file<C: Calls>(calls: &C, path: &str, flags: Flags, text: &str) -> Result<(), Failed> {
    let file = again(|| calls.open(path, flags)).map_err(failed("open"))?;
    let mut rest = text.as_bytes();
    let written = loop {
        if rest.is_empty() {
            break Ok(());
        }
        match write_some(calls, &file, rest) {
            Ok(count) => rest = &rest[count..],
            Err(error) => break Err(failed("write")(error)),
        }
    };
    // Of two errors the second one is thrown.
    close(calls, file).map_err(failed("close")).and(written)
}

/// libuv's write: on and on until an error, and that is told only if nothing came before it.
fn write_some<C: Calls>(calls: &C, file: &C::File, bytes: &[u8]) -> io::Result<usize> {
    let mut done = 0;
    while done < bytes.len() {
        match again(|| calls.write(file, &bytes[done..])) {
            Ok(count) if count > 0 => done += count,
            result if done == 0 => return result,
            _ => break,
        }
    }
    Ok(done)
}

/// libuv's close: interrupted, the file is closed all the same.
fn close<C: Calls>(calls: &C, file: C::File) -> io::Result<()> {
    match calls.close(file) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        result => result,
    }
}

fn rename<C: Calls>(calls: &C, from: &str, to: &str) -> Result<(), Failed> {
    again(|| calls.rename(from, to)).map_err(failed("rename"))
}

/// libuv makes an interrupted call again, unless it is `read` or `close`.
fn again<T>(call: impl Fn() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn failed(call: &'static str) -> impl Fn(io::Error) -> Failed {
    move |error| Failed { call, error }
}

/// JavaScript's `trim`: not Rust's.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\u{feff}' || c.is_whitespace() && c != '\u{85}')
}

/// JavaScript's `Number(text)`, but for infinity, which no caller takes for a number.
fn number(text: &str) -> f64 {
    let text = trim(text);
    let radix = match text.as_bytes() {
        [] => return 0.0,
        [b'0', b'x' | b'X', _, ..] => 16,
        [b'0', b'o' | b'O', _, ..] => 8,
        [b'0', b'b' | b'B', _, ..] => 2,
        // Of these characters both languages make the same numbers.
        all if all.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) => {
            return text.parse().unwrap_or(f64::NAN);
        }
        _ => return f64::NAN,
    };
    let digits = text[2..].chars().map(|c| c.to_digit(radix).map(f64::from));
    digits.fold(0.0, |sum, digit| digit.map_or(f64::NAN, |digit| sum * f64::from(radix) + digit))
}

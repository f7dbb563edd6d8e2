//! One call of codegraph's writers and readers, as ported for the simulation, on a real directory. `__test__/js-port.slow.test.mjs` runs it beside
//! the original.
//!
//! `js-port UID OPERATION ROOT TIMESTAMP [+CHANGED | -DELETED]…`; a UID of `-` stays who it is. `read` with `+FOLDER`s reads each of them.

use super::calls::Calls;
use super::engine;
use super::js::{self, Entry, Failed, Thrown, Written};
use super::real::Real;
use std::error::Error;
use std::{env, fs, io};

/// Looked for right before and right after the call: what comes between in the log of `strace` is the call's.
const BEGIN: &str = "/the call begins";
const END: &str = "/the call ends";

/// Makes the call that the arguments tell, and prints what came of it.
pub fn run() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let mut arg = || args.next().ok_or("UID OPERATION ROOT TIMESTAMP [ENTRY]…");
    let (uid, operation, root, timestamp) = (arg()?, arg()?, arg()?, arg()?.parse()?);
    let entry = |word: String| Entry { deleted: word.starts_with('-'), file: word[1..].to_owned() };
    let entries: Vec<_> = args.map(entry).collect();
    if uid != "-" {
        // SAFETY: no memory is passed, and there is one thread.
        if unsafe { libc::setuid(uid.parse()?) } != 0 {
            return Err(io::Error::last_os_error().into());
        }
    }

    // They don't exist.
    let _ = Real.access(BEGIN);
    let told = match &*operation {
        "append" => written(js::append(&Real, &root, &entries)),
        "header" => written(js::write_header(&Real, &root, timestamp)),
        "stamp" => written(js::append_and_stamp(&Real, &root, &entries, timestamp)),
        "read" if entries.is_empty() => read(&root),
        "read" => entries.iter().map(|entry| read(&format!("{root}/{}", entry.file))).collect(),
        "engine" => by_engine(&engine::write_header(&Real, &root, timestamp)),
        "engine-by-std" => by_engine(&by_std(&root, timestamp)),
        _ => return Err(format!("there is no operation {operation}").into()),
    };
    let _ = Real.access(END);
    print!("{told}");
    Ok(())
}

fn written(result: Result<Written, Thrown>) -> String {
    match result {
        Ok(Written { warned: None }) => "returned\n".into(),
        Ok(Written { warned: Some(failed) }) => format!("warned {}\nreturned\n", told(&failed)),
        Err(Thrown::Timeout) => "threw timeout\n".into(),
        Err(Thrown::System(failed)) => format!("threw {}\n", told(&failed)),
    }
}

fn told(Failed { call, error }: &Failed) -> String {
    // Node's own errors have the system's number too.
    let number = error.raw_os_error().or_else(|| match error.kind() {
        io::ErrorKind::AlreadyExists => Some(libc::EEXIST),
        io::ErrorKind::NotADirectory => Some(libc::ENOTDIR),
        _ => None,
    });
    format!("{call} {}", number.unwrap_or_default())
}

fn read(root: &str) -> String {
    let Some(js::Contents { timestamp, changed, removed }) = js::read(&Real, root) else {
        return "invalid\n".into();
    };
    let changed = changed.into_iter().map(|name| format!("+{name}\n"));
    let removed = removed.into_iter().map(|name| format!("-{name}\n"));
    [format!("valid {timestamp}\n")].into_iter().chain(changed).chain(removed).collect()
}

fn by_engine(result: &io::Result<()>) -> String {
    let told = |error: &io::Error| format!("failed {}\n", error.raw_os_error().unwrap_or_default());
    result.as_ref().map_or_else(told, |()| "returned\n".into())
}

/// The standard library's functions that the engine calls.
fn by_std(root: &str, timestamp: u64) -> io::Result<()> {
    let dir = format!("{root}/.codegraph");
    let [private, journal] = ["changes.journal.tmp", "changes.journal"].map(|name| format!("{dir}/{name}"));
    fs::create_dir_all(dir)?;
    let written = fs::write(&private, format!("# codegraph-journal v1 {timestamp}\n"));
    if written.is_ok() && fs::rename(&private, journal).is_err() {
        let _ = fs::remove_file(private);
    }
    Ok(())
}

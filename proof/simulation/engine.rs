//! The header writer of codegraph's Rust engine, version 3.11.2: it takes no lock, and goes on whatever fails.
//!
//! The calls are those of the standard library of Rust 1.95, which `__test__/js-port.slow.test.mjs` compares on a real directory.

use super::calls::{Calls, Flags};
use std::io::{self, ErrorKind};

/// Puts a journal without entries in the journal's place. It fails if the directory can't be made, and only then. If the journal can't be
/// written, the old one stays, and the engine says nothing.
pub fn write_header<C: Calls>(calls: &C, root: &str, timestamp: u64) -> io::Result<()> {
    let dir = format!("{root}/.codegraph");
    make_dirs(calls, &dir)?;
    let journal = format!("{dir}/changes.journal");
    // JS writers use the same name for the same thing, under their lock.
    let private = format!("{journal}.tmp");
    let text = format!("# codegraph-journal v1 {timestamp}\n");
    // A part of it stays there.
    if write_file(calls, &private, text.as_bytes()).is_ok() && calls.rename(&private, &journal).is_err() {
        let _ = calls.unlink(&private);
    }
    Ok(())
}

/// `fs::create_dir_all`
fn make_dirs<C: Calls>(calls: &C, path: &str) -> io::Result<()> {
    let make = || match calls.mkdir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && calls.stat(path).is_ok_and(|stat| stat.is_dir) => {
            Ok(())
        }
        result => result,
    };
    match (make(), path.rsplit_once('/')) {
        (Err(error), Some((parent, _))) if error.kind() == ErrorKind::NotFound => {
            make_dirs(calls, parent)?;
            make()
        }
        (result, _) => result,
    }
}

/// `fs::write`
fn write_file<C: Calls>(calls: &C, path: &str, bytes: &[u8]) -> io::Result<()> {
    let file = loop {
        match calls.open(path, Flags::Write) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            opened => break opened?,
        }
    };
    let mut rest = bytes;
    let mut written = Ok(());
    while !rest.is_empty() && written.is_ok() {
        match calls.write(&file, rest) {
            Ok(0) => written = Err(ErrorKind::WriteZero.into()),
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => written = Err(error),
        }
    }
    // The standard library drops the file: an error here is lost.
    let _ = calls.close(file);
    written
}

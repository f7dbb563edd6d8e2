//! Before Linux 6.10 only a privileged process can give a file its first name. Any other process tries that once, and gets the error that
//! there is no such file.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::place::{Place, STATES};
use crate::strace::expect_strace;
use crate::writer::{Operation, Outcome, SEVERAL, outcomes, several};

#[test]
fn who_cannot_name_files_tries_it_once() {
    assert_eq!(created_without_a_name(&[]), SEVERAL);
    assert_eq!(created_without_a_name(&["-e", "inject=linkat:error=ENOENT:when=1"]), 1);
}

/// How many files without a name a writer of several batches creates.
fn created_without_a_name(inject: &[&str]) -> usize {
    let place = Place::stage(&STATES[2]);
    let log = place.root().join("strace.log");
    let tracer = [&["strace", "-f", "-e", "trace=openat,linkat", "-o", log.to_str().unwrap()], inject].concat();
    let mut writer = several(&tracer, place.root(), Operation::Append, Duration::from_secs(5), "a");
    let output = expect_strace(writer.stdin(Stdio::null()).output());
    let told = outcomes(std::str::from_utf8(&output.stderr).unwrap());
    let plain = Outcome::Acknowledged { degraded: "{}".to_owned(), takeovers: 0 };
    assert!(told.len() == SEVERAL && told.iter().all(|(outcome, _)| *outcome == plain), "{told:?}");
    assert!(place.lockfile().is_none() && place.private_files().is_empty(), "something is left");
    fs::read_to_string(log).unwrap().lines().filter(|line| line.contains("O_TMPFILE")).count()
}

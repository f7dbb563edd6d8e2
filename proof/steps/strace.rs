//! Runs writers under `strace`, which lists their system calls, kills a writer at one call, or makes one call fail.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use crate::writer::{BEGIN, END, Operation, command};

/// One system call of the operation.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: String,
    /// The number of this call among the calls of its name in the process, from 1. strace counts so, in a process of one thread.
    pub nth: usize,
    /// The call's arguments and result, with a path behind each descriptor.
    pub line: String,
}

impl Call {
    /// For `-e inject`: the writer dies when it enters this call. The kernel then skips the call. So a writer that is killed at each call is
    /// killed before and behind each call. (This does not work under `--seccomp-bpf`, where the signal would get lost.)
    pub fn killing(&self) -> String {
        format!("{}:signal=SIGKILL:when={}", self.name, self.nth)
    }

    /// Whether the call was entered and then skipped, because the process was killed.
    pub fn was_skipped(&self) -> bool {
        self.line.ends_with("= ?")
    }
}

/// A writer's run.
pub struct Trace {
    /// The operation's calls, up to the one that marks its end, which is included.
    pub calls: Vec<Call>,
    pub status: ExitStatus,
    pub stderr: String,
}

impl Trace {
    pub fn names(&self) -> Vec<&str> {
        self.calls.iter().map(|call| call.name.as_str()).collect()
    }
}

/// Runs a writer on the project at `root`, which gets a file for the log; `inject` is for strace.
pub fn run(root: &Path, operation: Operation, timeout: Duration, inject: Option<&str>) -> Trace {
    let log = root.join("strace.log");
    let mut tracer = vec!["strace", "-f", "-y", "-o", log.to_str().unwrap()];
    let inject = inject.map(|inject| format!("inject={inject}"));
    tracer.extend(inject.iter().flat_map(|inject| ["-e", inject]));
    let Output { status, stderr, .. } =
        expect_strace(command(&tracer, root, operation, timeout).stdin(Stdio::null()).stdout(Stdio::null()).output());
    let stderr = String::from_utf8(stderr).unwrap();
    let log = fs::read_to_string(&log).unwrap_or_else(|error| panic!("strace left no log ({error}): {stderr}"));
    let calls = operation_of(&log).unwrap_or_else(|| panic!("no operation was traced: {stderr}\n{log}"));
    Trace { calls, status, stderr }
}

/// The result of starting strace, unwrapped.
pub fn expect_strace<T>(started: std::io::Result<T>) -> T {
    match started {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("these tests need strace 5.3 or newer: apt-get install strace")
        }
        started => started.unwrap(),
    }
}

/// The calls between the two marks in a log with lines such as `123  mkdir("a", 0777) = 0`. If the writer was killed between the marks, the
/// calls from the first mark to the last line.
fn operation_of(log: &str) -> Option<Vec<Call>> {
    let mut calls: Vec<Call> = Vec::new();
    for (_, line) in log.lines().filter_map(|line| line.split_once(' ')) {
        // A line without a name before a parenthesis is about a signal or an exit.
        let Some((name, _)) = line.trim().split_once('(') else { continue };
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            let nth = 1 + calls.iter().filter(|call| call.name == name).count();
            calls.push(Call { name: name.to_owned(), nth, line: line.trim().to_owned() });
        }
    }
    let begin = calls.iter().position(|call| call.line.contains(BEGIN))?;
    let end = calls.iter().position(|call| call.line.contains(END)).unwrap_or(calls.len() - 1);
    Some(calls.drain(begin + 1..=end).collect())
}

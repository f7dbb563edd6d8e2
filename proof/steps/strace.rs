//! Runs writers under `strace`, which tells their system calls, kills them at one, or makes one fail.

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
    /// Which call of this name it is in the process, which has one thread, from 1: strace counts so.
    pub nth: usize,
    /// Its arguments and result, with a path behind each descriptor.
    pub line: String,
}

impl Call {
    /// For `-e inject`: the writer dies when it enters this call. The kernel then skips the call, so killing a writer at
    /// each call is killing it before and behind each. (Not under `--seccomp-bpf`: there the signal would get lost.)
    pub fn killing(&self) -> String {
        format!("{}:signal=SIGKILL:when={}", self.name, self.nth)
    }

    /// For `-e inject`: this call fails, and does nothing.
    pub fn failing(&self, error: &str) -> String {
        format!("{}:error={error}:when={}", self.name, self.nth)
    }

    pub fn was_injected(&self) -> bool {
        self.line.ends_with("(INJECTED)")
    }

    /// Whether it was entered and then skipped, for its process was killed.
    pub fn was_skipped(&self) -> bool {
        self.line.ends_with("= ?")
    }
}

/// A writer's run.
pub struct Trace {
    /// The operation's calls, up to and with the one that marks its end.
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

/// Unwraps what starting strace came to.
pub fn expect_strace<T>(started: std::io::Result<T>) -> T {
    match started {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("these tests need strace 5.3 or newer: apt-get install strace")
        }
        started => started.unwrap(),
    }
}

/// The calls between the two marks in a log with lines such as `123  mkdir("a", 0777) = 0`; from the first one to the last
/// line, if the writer was killed between them.
fn operation_of(log: &str) -> Option<Vec<Call>> {
    let mut calls: Vec<Call> = Vec::new();
    for (_, line) in log.lines().filter_map(|line| line.split_once(' ')) {
        // Lines without a name in front of a parenthesis tell of signals and exits.
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

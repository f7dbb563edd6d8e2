//! The JS module, which plays the same story beside the writer, on the same disk. So it loses its power at the same moments.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::story::{Step, timestamp};

/// The directory of the JS module's project, in that of the writer's.
pub fn beside(root: &Path) -> PathBuf {
    root.join("original")
}

/// A Node process with the JS module. The process ends when its input does.
pub struct Original {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Original {
    /// Starts the process, and waits until the module is loaded. Its journal is in the project at `root`.
    pub fn start(root: &Path) -> Self {
        fs::create_dir_all(root).unwrap();
        let player = concat!(env!("CARGO_MANIFEST_DIR"), "/../proof/power/player.mjs");
        let mut child = Command::new("node")
            .args([player.as_ref(), root.as_os_str()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()) // what the module warns of when its disk is gone
            .spawn()
            .expect("node");
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut original = Self { child, input, output };
        original.read().expect("the module is loaded");
        original
    }

    /// Does a step. An error says that the module could not.
    pub fn run(&mut self, step: &Step, number: usize) -> io::Result<()> {
        let (command, names) = match step {
            Step::Append(names) => ("append\t".to_owned(), names.join("\t")),
            Step::Stamp(names) => (format!("stamp\t{}\t", timestamp(number)), names.join("\t")),
            Step::Reset => (format!("reset\t{}", timestamp(number)), String::new()),
        };
        self.ask((command + &names).trim_end()).map(drop)
    }

    /// What a build reads; `None` if the journal is invalid.
    pub fn read(&mut self) -> io::Result<Option<Vec<String>>> {
        let answer = self.ask("read")?;
        let mut parts = answer.split('\t').map(str::to_owned);
        Ok((parts.next().as_deref() == Some("valid")).then(|| parts.collect()))
    }

    fn ask(&mut self, line: &str) -> io::Result<String> {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes())?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        match answer.strip_suffix('\n') {
            Some(answer) => Ok(answer.to_owned()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        self.input = None;
        self.child.wait().unwrap();
    }
}

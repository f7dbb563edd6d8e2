//! Writers of this crate as processes, killed while they write.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use codegraph_journal::{Entry, Journal};
use tempfile::TempDir;

const ROOT: &str = "JOURNAL_TEST_WRITER_ROOT";

/// Not a test by itself: the writers' processes run this. It prints the name of each entry once the entry is acknowledged.
#[test]
fn writer() {
    let Some(root) = env::var_os(ROOT) else { return };
    let journal = Journal::for_root(root);
    let pid = std::process::id();
    let mut out = std::io::stdout();
    for number in 0.. {
        let file = format!("{pid}/{number}");
        let entries = [Entry::changed(&file)];
        match number % 3 {
            0 => journal.append_and_stamp(&entries, &(1_700_000_000_000 + number).into()).unwrap(),
            _ => journal.append(&entries).unwrap(),
        };
        writeln!(out, "{file}").unwrap();
        out.flush().unwrap();
    }
}

fn start(root: &TempDir) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "crashes::writer", "--nocapture"])
        .env(ROOT, root.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn killed_writers_lose_nothing_acknowledged_and_hold_up_nobody() {
    let root = TempDir::new().unwrap();
    let journal = Journal::for_root(root.path());
    journal.reset(&1_700_000_000_000.into()).unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..12 {
        let mut writers: Vec<_> = (0..3).map(|_| start(&root)).collect();
        // The writers are killed at different moments after their first write. The journal's length says that they have begun.
        let begun = fs::metadata(journal.path()).unwrap().len();
        while fs::metadata(journal.path()).unwrap().len() <= begun + 100 * round {}
        for writer in &mut writers {
            writer.kill().unwrap();
            writer.wait().unwrap();
        }
        // All writers are dead, and the next one gets in without waiting.
        let start = Instant::now();
        journal.append(&[Entry::changed("survivor")]).unwrap();
        assert!(start.elapsed() < Duration::from_millis(100), "held up for {:?}", start.elapsed());
        for writer in writers {
            let lines = BufReader::new(writer.stdout.unwrap()).lines().map(Result::unwrap);
            acknowledged.extend(lines.filter(|line| line.contains('/')));
        }
    }
    let contents = journal.read().unwrap();
    let written: std::collections::HashSet<_> = contents.changed().collect();
    let lost: Vec<_> = acknowledged.iter().filter(|file| !written.contains(file.as_str())).collect();
    assert!(acknowledged.len() > 100, "they wrote only {} entries", acknowledged.len());
    assert!(lost.is_empty(), "lost {lost:?} of {}", acknowledged.len());
}

//! Positions and checkpoints: what was read is dropped, what came later is kept.

use std::fs;
use std::io::Write;

use codegraph_journal::{Entry, Error, Journal, Position};
use tempfile::TempDir;

const BEFORE: u64 = 1_600_000_000_000;
const NOW: u64 = 1_700_000_000_000;

/// A stamped journal with these entries.
fn place(entries: &[&str]) -> (TempDir, Journal) {
    let root = TempDir::new().unwrap();
    let journal = Journal::for_root(root.path());
    journal.reset(&BEFORE.into()).unwrap();
    append(&journal, entries);
    (root, journal)
}

fn append(journal: &Journal, entries: &[&str]) {
    let entries: Vec<_> = entries.iter().map(|file| Entry::changed(file)).collect();
    journal.append_and_stamp(&entries, &BEFORE.into()).unwrap();
}

fn changed(journal: &Journal) -> Vec<String> {
    journal.read().unwrap().changed().map(str::to_owned).collect()
}

/// Reads, lets somebody do something, and makes the checkpoint. The result is whether the position fitted, and which entries are left.
fn across(entries: &[&str], meanwhile: impl Fn(&Journal)) -> (bool, Vec<String>) {
    let (_root, journal) = place(entries);
    let position = journal.mark().unwrap().position;
    assert_eq!(changed(&journal), entries);
    meanwhile(&journal);
    let fitted = journal.checkpoint(position, &NOW.into()).unwrap().fitted;
    assert_eq!(*journal.read().unwrap().timestamp(), NOW.into(), "stamped in any case");
    (fitted, changed(&journal))
}

fn kept(entries: &[&str]) -> (bool, Vec<String>) {
    (true, entries.iter().map(|&entry| entry.to_owned()).collect())
}

#[test]
fn what_came_later_is_kept() {
    assert_eq!(across(&["a", "b"], |_| ()), kept(&[]));
    assert_eq!(across(&["a", "b"], |journal| append(journal, &["c", "a"])), kept(&["c", "a"]));
    assert_eq!(across(&[], |journal| append(journal, &["c"])), kept(&["c"]));
}

#[test]
fn a_rewritten_journal_has_the_position_still() {
    // The line lies across the end of a page, and is written as a comment at first.
    let long = "x".repeat(5000);
    assert_eq!(across(&["a"], |journal| append(journal, &[&long, "b"])), kept(&[&long, "b"]));
    // The JS module stamps so: the first line and the entries are new, and everything between them stays.
    let stamp_as_js = |journal: &Journal| {
        let text = fs::read_to_string(journal.path()).unwrap();
        let body = text.split_once('\n').unwrap().1;
        fs::write(journal.path(), format!("# codegraph-journal v1 1650000000000\n{body}c\n")).unwrap();
    };
    assert_eq!(across(&["a"], stamp_as_js), kept(&["c"]));
}

#[test]
fn a_position_that_no_longer_fits_drops_nothing() {
    // The journal has the same entry again, and the same bytes except the position. But this is not the entry that was read.
    let reset_and_append = |journal: &Journal| {
        journal.reset(&BEFORE.into()).unwrap();
        append(journal, &["a"]);
    };
    assert_eq!(across(&["a"], reset_and_append), (false, vec!["a".to_owned()]));
    let other_checkpoint = |journal: &Journal| {
        append(journal, &["b"]);
        let position = journal.mark().unwrap().position;
        append(journal, &["c"]);
        assert!(journal.checkpoint(position, &NOW.into()).unwrap().fitted);
    };
    assert_eq!(across(&["a"], other_checkpoint), (false, vec!["c".to_owned()]));
    assert_eq!(across(&["a"], |journal| fs::remove_file(journal.path()).unwrap()), (false, vec![]));
}

#[test]
fn readers_share_a_position_and_only_the_first_writes_it() {
    let (_root, journal) = place(&["a"]);
    let first = journal.mark().unwrap();
    let after_first = fs::read(journal.path()).unwrap();
    assert_eq!(journal.mark().unwrap().position, first.position);
    assert_eq!(fs::read(journal.path()).unwrap(), after_first);
    assert!(journal.checkpoint(first.position, &NOW.into()).unwrap().fitted);
    assert!(!journal.checkpoint(first.position, &NOW.into()).unwrap().fitted);
}

#[test]
fn one_checkpoint_leaves_the_positions_behind_it() {
    let (_root, journal) = place(&["a"]);
    let early = journal.mark().unwrap().position;
    append(&journal, &["b"]);
    let late = journal.mark().unwrap().position;
    append(&journal, &["c"]);
    assert!(journal.checkpoint(early, &NOW.into()).unwrap().fitted);
    assert_eq!(changed(&journal), ["b", "c"]);
    assert!(journal.checkpoint(late, &NOW.into()).unwrap().fitted);
    assert_eq!(changed(&journal), ["c"]);
}

#[test]
fn what_is_no_journal_is_not_written_to() {
    let root = TempDir::new().unwrap();
    let journal = Journal::for_root(root.path());
    let unread = |journal: &Journal| {
        assert_eq!(journal.mark().unwrap().position, Position::START);
        assert_eq!(journal.read(), None);
    };
    unread(&journal);
    assert!(!journal.path().parent().unwrap().exists(), "nothing is made");

    journal.append(&[Entry::changed("a")]).unwrap(); // never stamped
    let before = fs::read(journal.path()).unwrap();
    unread(&journal);
    assert_eq!(fs::read(journal.path()).unwrap(), before);

    // Without a valid journal all files are looked at, and the journal's entries are read once more.
    assert!(journal.checkpoint(Position::START, &NOW.into()).unwrap().fitted);
    assert_eq!(changed(&journal), ["a"]);
}

/// ext4 leaves such NULs of an append that was not on the disk yet.
#[test]
fn what_a_power_failure_left_is_dropped() {
    let (_root, journal) = place(&["a"]);
    let mut file = fs::OpenOptions::new().append(true).open(journal.path()).unwrap();
    file.write_all(b"\0\0\0\0").unwrap();
    drop(file); // on Windows an open file can be in the way of another in its place
    append(&journal, &["b"]);
    assert!(journal.read().is_none());
    let position = journal.mark().unwrap().position;
    assert_eq!(position, Position::START);
    assert!(journal.checkpoint(position, &NOW.into()).unwrap().fitted);
    assert_eq!(changed(&journal), ["a", "b"]);
}

#[test]
fn a_text_that_is_no_position_is_refused() {
    let error = "somewhere".parse::<Position>().unwrap_err();
    assert!(matches!(&error, Error::InvalidPosition { text } if text == "somewhere"), "{error}");
    assert_eq!(error.code(), "ERR_JOURNAL_INVALID_POSITION");
}

use std::fs;
use std::time::Duration;

use super::open::Appended;
use super::*;
use crate::lock::Limit;

/// A journal with a lock on it.
fn locked() -> (tempfile::TempDir, JournalFile, Lock) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("changes.journal");
    fs::write(&path, "# codegraph-journal v1 5\na\n").unwrap();
    let lock = Lock::acquire(&path, &Limit { timeout: Duration::from_secs(5), cancel: None }).unwrap();
    (dir, JournalFile { path, durable: false }, lock)
}

#[test]
fn a_journal_that_was_replaced_while_it_was_written_is_not_current() {
    let (dir, file, lock) = locked();
    let batch = Batch::encode([crate::Entry::changed("b")].into_iter(), Err).unwrap();
    let written = file.append(&batch, &lock).unwrap();
    assert!(file.is_current(&written).unwrap());
    fs::write(dir.path().join("unlocked"), "# codegraph-journal v1 6\n").unwrap();
    fs::rename(dir.path().join("unlocked"), &file.path).unwrap();
    assert!(!file.is_current(&written).unwrap());
}

#[test]
fn a_journal_that_was_made_meanwhile_is_not_replaced_by_one_made_for_a_missing_one() {
    let (dir, file, lock) = locked();
    let names = || fs::read_dir(dir.path()).unwrap().count();
    let before = names();
    let written = put(&file, &[b"# codegraph-journal v1 0\nb\n"], None, &lock, create).unwrap();
    assert!(!file.is_current(&written).unwrap());
    assert_eq!(fs::read_to_string(&file.path).unwrap(), "# codegraph-journal v1 5\na\n");
    assert_eq!(names(), before);
}

#[test]
fn a_writer_that_was_robbed_replaces_nothing_and_leaves_no_file() {
    let (dir, file, lock) = locked();
    let names = || fs::read_dir(dir.path()).unwrap().count();
    let before = names();
    fs::write(dir.path().join("thief"), "1\n1-0011223344556677\n").unwrap();
    fs::rename(dir.path().join("thief"), file.path.with_extension("journal.lock")).unwrap();
    let written = file.reset(&Timestamp::from(6), &lock).unwrap();
    assert!(!file.is_current(&written).unwrap());
    assert_eq!(fs::read_to_string(&file.path).unwrap(), "# codegraph-journal v1 5\na\n");
    assert_eq!(names(), before);
}

#[test]
fn lines_that_may_be_elsewhere_are_not_uncommented() {
    let (dir, file, lock) = locked();
    let long = "x".repeat(5000);
    let journal = Open::journal(&file.path, &lock).unwrap().unwrap();
    fs::write(&file.path, format!("# codegraph-journal v1 5\na\nforeign\n#{}\n", &long[1..])).unwrap();
    assert_eq!(journal.uncomment(&[0], &format!("{long}\n")).unwrap(), Appended::Elsewhere);
    assert!(!fs::read_to_string(&file.path).unwrap().contains(&long));

    fs::write(&file.path, format!("# codegraph-journal v1 5\na\n#{}\n", &long[1..])).unwrap();
    assert_eq!(journal.uncomment(&[0], &format!("{long}\n")).unwrap(), Appended::Whole);
    assert_eq!(fs::read_to_string(&file.path).unwrap(), format!("# codegraph-journal v1 5\na\n{long}\n"));
    drop((dir, lock));
}

#[test]
fn a_first_line_without_an_end_is_ended_also_when_a_compaction_is_due() {
    let (_dir, file, lock) = locked();
    let line = "x".repeat((1 << 20) - 1);
    fs::write(&file.path, &line).unwrap();
    let batch = Batch::encode([crate::Entry::changed("a"); 9].into_iter(), Err).unwrap();
    assert!(matches!(file.append(&batch, &lock).unwrap(), Written::To { .. }));
    assert_eq!(fs::read_to_string(&file.path).unwrap(), format!("{line}\n{}", "a\n".repeat(9)));
}

//! The operations, one call after another.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use codegraph_journal::{Entry, Error, HeldBy, JOURNAL_FILENAME, Journal, Receipt, Timestamp};
use tempfile::TempDir;

const LONG_AGO: u64 = 1_600_000_000_000;
const NOW: u64 = 1_700_000_000_000;

fn place() -> (TempDir, Journal) {
    let root = TempDir::new().unwrap();
    let journal = Journal::for_root(root.path());
    (root, journal)
}

fn text(journal: &Journal) -> String {
    fs::read_to_string(journal.path()).unwrap()
}

/// The files besides the journal and the reusable lockfile.
fn leftovers(journal: &Journal) -> Vec<String> {
    let dir = fs::read_dir(journal.path().parent().unwrap()).unwrap();
    dir.map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != JOURNAL_FILENAME && !name.starts_with("changes.journal.lock."))
        .collect()
}

/// A write that met no other writer.
fn expect_plain(receipt: Receipt) {
    assert!(receipt.degraded.is_empty());
    assert_eq!((receipt.takeovers, receipt.redone), (0, 0));
}

#[test]
fn a_journal_grows_and_is_stamped_and_reset() {
    let (_root, journal) = place();
    assert!(journal.read().is_none());

    expect_plain(journal.append(&[Entry::changed("a"), Entry::deleted("b")]).unwrap());
    assert_eq!(text(&journal), "# codegraph-journal v1 0\na\nDELETED b\n");
    assert!(journal.read().is_none(), "it was never stamped");

    expect_plain(journal.append_and_stamp(&[Entry::changed("c")], &LONG_AGO.into()).unwrap());
    assert_eq!(text(&journal), "# codegraph-journal v1 1600000000000\na\nDELETED b\nc\n");

    expect_plain(journal.append_and_stamp(&[], &NOW.into()).unwrap());
    let contents = journal.read().unwrap();
    assert_eq!(*contents.timestamp(), NOW.into());
    assert_eq!(contents.changed().collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(contents.removed().collect::<Vec<_>>(), ["b"]);

    expect_plain(journal.reset(&NOW.into()).unwrap());
    assert_eq!(text(&journal), "# codegraph-journal v1 1700000000000\n");
    assert_eq!(leftovers(&journal), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_stamp_of_the_same_width_goes_in_place_and_another_replaces_the_file() {
    use std::os::unix::fs::MetadataExt;
    let (_root, journal) = place();
    let inode = || fs::metadata(journal.path()).unwrap().ino();
    journal.reset(&LONG_AGO.into()).unwrap();
    let before = inode();
    journal.append_and_stamp(&[Entry::changed("a")], &NOW.into()).unwrap();
    assert_eq!(inode(), before);
    journal.append_and_stamp(&[Entry::changed("b")], &5.into()).unwrap();
    assert_ne!(inode(), before);
    assert_eq!(text(&journal), "# codegraph-journal v1 5\na\nb\n");
}

#[test]
fn a_journal_with_another_name_is_replaced_so_that_the_other_stays_as_it_is() {
    let (root, journal) = place();
    journal.reset(&LONG_AGO.into()).unwrap();
    let snapshot = root.path().join("snapshot");
    for write in [
        |journal: &Journal| journal.append(&[Entry::changed("a")]).unwrap(),
        |journal: &Journal| journal.append_and_stamp(&[Entry::changed("a")], &NOW.into()).unwrap(),
    ] {
        fs::hard_link(journal.path(), &snapshot).unwrap();
        let before = fs::read(&snapshot).unwrap();
        write(&journal);
        assert_eq!(fs::read(&snapshot).unwrap(), before);
        assert!(text(&journal).ends_with("a\n"));
        fs::remove_file(&snapshot).unwrap();
    }
}

#[test]
fn refused_input_changes_nothing() {
    let (root, journal) = place();
    let error = journal.append(&[Entry::changed("a"), Entry::changed("b\n")]).unwrap_err();
    assert!(matches!(&error, Error::InvalidEntry { index: 1, file, .. } if file == "b\n"), "{error}");
    assert_eq!(
        error.to_string(),
        r#"entries[1] can't be journaled: its file name has a line feed, a carriage return or a NUL in it: "b\n""#
    );
    assert!("-1".parse::<Timestamp>().is_err());
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn a_lock_held_by_others_times_out_and_says_by_whom() {
    let (_root, journal) = place();
    journal.reset(&NOW.into()).unwrap();
    let lockfile = journal.path().with_extension("journal.lock");
    let pid = std::process::id();
    // On Windows the lock is held for as long as the lockfile is open.
    let mut open = fs::File::create(&lockfile).unwrap();
    write!(open, "{pid}\n{pid}-0011223344556677\n").unwrap();
    let error =
        journal.clone().with_lock_timeout(Duration::from_millis(30)).append(&[Entry::changed("a")]).unwrap_err();
    let start = format!("Failed to acquire journal lock at {} within 30ms: process {pid} ", lockfile.display());
    assert!(error.to_string().starts_with(&start), "{error}");
    let Error::LockTimeout { held_by: HeldBy::Holder(holder), .. } = error else { panic!("{error}") };
    assert_eq!((holder.pid, holder.native), (pid, false));
    assert!(lockfile.exists());
    assert_eq!(text(&journal), "# codegraph-journal v1 1700000000000\n");
}

#[test]
fn a_missing_directory_that_cannot_be_made_is_an_error_that_names_it() {
    let (root, _) = place();
    fs::write(root.path().join("file"), "").unwrap();
    let journal = Journal::for_root(root.path().join("file"));
    let error = journal.append(&[Entry::changed("a")]).unwrap_err();
    let Error::Io { syscall: "mkdir", path, .. } = &error else { panic!("{error}") };
    assert_eq!(*path, Path::new(journal.path()).parent().unwrap());
    // The message does not name the cause, because the error's source does.
    assert_eq!(error.to_string(), format!("mkdir '{}' failed", path.display()));
    assert!(std::error::Error::source(&error).is_some());
}

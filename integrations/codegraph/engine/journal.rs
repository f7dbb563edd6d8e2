//! The change journal, by the crate `codegraph-journal`: the lock and the format are those of the
//! watcher and of JavaScript's builds.
//!
//! A build that has written its graph must not fail because of the journal. So what goes wrong here
//! is told on stderr, and the build goes on.

use codegraph_journal::Journal;
pub use codegraph_journal::Position;

#[derive(Debug, Default)]
pub struct JournalResult {
    pub valid: bool,
    pub timestamp: f64,
    pub changed: Vec<String>,
    pub removed: Vec<String>,
}

/// Reads the journal, without a lock. `journal_dir` is the directory of the database.
pub fn read_journal(journal_dir: &str) -> JournalResult {
    let Some(contents) = Journal::in_dir(journal_dir).read() else {
        return JournalResult::default();
    };
    JournalResult {
        valid: true,
        timestamp: contents.timestamp().millis(),
        changed: contents.changed().map(str::to_owned).collect(),
        removed: contents.removed().map(str::to_owned).collect(),
    }
}

/// How far the journal has come: at a build's start, before it reads.
pub fn mark_journal(journal_dir: &str) -> Position {
    match Journal::in_dir(journal_dir).read_to_position() {
        Ok(reading) => reading.position,
        Err(error) => {
            eprintln!("Warning: no position in the journal: {error}");
            Position::START
        }
    }
}

/// What a build does at its end: drops the entries up to `position`, keeps those that came later,
/// and stamps the header.
pub fn checkpoint_journal(journal_dir: &str, position: Position, now_ms: f64) {
    let timestamp = (now_ms as u64).into();
    if let Err(error) = Journal::in_dir(journal_dir).checkpoint(position, &timestamp) {
        eprintln!("Warning: failed to write journal header: {error}");
    }
}

/// Drops all entries and stamps the header. Only tests do so.
#[cfg(test)]
pub fn write_journal_header(journal_dir: &str, now_ms: f64) {
    Journal::in_dir(journal_dir)
        .reset(&(now_ms as u64).into())
        .unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;
    use codegraph_journal::Entry;

    fn place(name: &str) -> String {
        let dir = std::env::temp_dir().join(format!("codegraph_{name}_{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        dir.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_checkpoint_keeps_what_came_after_the_mark() {
        let dir = place("journal_checkpoint");
        let watcher = Journal::in_dir(&dir);
        write_journal_header(&dir, 1_700_000_000_000.0);
        watcher.append(&[Entry::changed("src/read.ts")]).unwrap();
        let position = mark_journal(&dir);
        assert_eq!(read_journal(&dir).changed, ["src/read.ts"]);
        watcher
            .append(&[
                Entry::changed("src/meanwhile.ts"),
                Entry::deleted("src/gone.ts"),
            ])
            .unwrap();
        checkpoint_journal(&dir, position, 1_700_000_000_001.0);
        let journal = read_journal(&dir);
        assert_eq!(
            (journal.valid, journal.timestamp),
            (true, 1_700_000_000_001.0)
        );
        assert_eq!(journal.changed, ["src/meanwhile.ts"]);
        assert_eq!(journal.removed, ["src/gone.ts"]);
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_journal_that_is_no_file_fails_no_build() {
        let dir = place("journal_directory");
        std::fs::create_dir_all(format!("{dir}/changes.journal")).unwrap();
        assert!(!read_journal(&dir).valid);
        let position = mark_journal(&dir);
        assert_eq!(position, Position::START);
        checkpoint_journal(&dir, position, 1_700_000_000_000.0);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

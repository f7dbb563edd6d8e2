fn has_entries(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|content| {
        let mut lines = content.lines().skip(1).map(str::trim);
        lines.any(|line| !line.is_empty() && !line.starts_with('#'))
    })
}

/// Append entries while advancing the header timestamp. Mirrors TS
/// `appendJournalEntriesAndStampHeader`.
pub fn append_entries_and_stamp_header(
    journal_dir: &str,
    entries: &[JournalEntry],
    timestamp: f64,
) -> Result<(), Error> {
    let entries: Vec<Entry> = entries
        .iter()
        .map(|entry| Entry {
            file: &entry.file,
            deleted: entry.deleted.unwrap_or(false),
        })
        .collect();
    Journal::in_dir(journal_dir)
        .append_and_stamp(&entries, &Timestamp::from(timestamp as u64))
        .map(drop)
}

/// Mark how far the journal has come. Mirrors TS `markJournal`.
pub fn mark_journal(journal_dir: &str) -> Result<Option<String>, Error> {
    let position = Journal::in_dir(journal_dir).read_to_position()?.position;
    Ok(Some(position.to_string()).filter(|position| !position.is_empty()))
}

/// Drop the entries before `position`, keep those that came later. As in TS
/// `writeJournalHeader`, entries that are kept leave the header at 0.
pub fn checkpoint_journal(
    journal_dir: &str,
    position: Option<&str>,
    timestamp: f64,
) -> Result<(), Error> {
    let journal = Journal::in_dir(journal_dir);
    match position {
        Some(position) => drop(journal.checkpoint(position.parse()?, &Timestamp::from(0))?),
        None => drop(journal.append_and_stamp(&[], &Timestamp::from(0))?),
    }
    // Entries that come between the two writes were stamped by a watcher.
    if !has_entries(journal.path()) {
        journal.append_and_stamp(&[], &Timestamp::from(timestamp as u64))?;
    }
    Ok(())
}

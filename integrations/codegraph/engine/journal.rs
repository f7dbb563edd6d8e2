fn reason(error: codegraph_journal::Error) -> napi::Error {
    napi::Error::from_reason(error.to_string())
}

#[napi(object)]
pub struct JournalEntry {
    pub file: String,
    pub deleted: Option<bool>,
}

/// Append entries while advancing the header timestamp. Mirrors TS
/// `appendJournalEntriesAndStampHeader`, under the lock of the crate.
#[napi]
pub fn append_journal_entries_and_stamp_header(
    journal_dir: String,
    entries: Vec<JournalEntry>,
    timestamp: f64,
) -> napi::Result<()> {
    let entries: Vec<Entry> = entries
        .iter()
        .map(|entry| Entry {
            file: &entry.file,
            deleted: entry.deleted.unwrap_or(false),
        })
        .collect();
    let timestamp = Timestamp::from(timestamp as u64);
    let journal = Journal::in_dir(journal_dir);
    let written = journal.append_and_stamp(&entries, &timestamp);
    written.map(drop).map_err(reason)
}

/// Mark how far the journal has come. Mirrors TS `markJournal`.
#[napi]
pub fn mark_journal(journal_dir: String) -> napi::Result<Option<String>> {
    let mark = Journal::in_dir(journal_dir).mark();
    let position = mark.map_err(reason)?.position.to_string();
    Ok(Some(position).filter(|position| !position.is_empty()))
}

/// Drop the entries before `position`, keep those that came later. As in TS
/// `writeJournalHeader`, entries that are kept leave the header at 0.
#[napi]
pub fn checkpoint_journal(
    journal_dir: String,
    position: Option<String>,
    timestamp: f64,
) -> napi::Result<()> {
    let journal = Journal::in_dir(&journal_dir);
    let never = Timestamp::from(0);
    let written = match position {
        Some(position) => position
            .parse()
            .and_then(|position| journal.checkpoint(position, &never).map(drop)),
        None => journal.append_and_stamp(&[], &never).map(drop),
    };
    written.map_err(reason)?;
    // What comes between the two writes was stamped by a watcher.
    match fs::read_to_string(journal.path()) {
        Ok(content) if !content.lines().any(is_entry) => {
            append_journal_entries_and_stamp_header(journal_dir, vec![], timestamp)
        }
        _ => Ok(()),
    }
}

fn is_entry(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

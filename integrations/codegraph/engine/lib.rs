/// Append to the change journal and stamp it — `journal.ts` prefers this to its
/// own lock where the loaded addon has it.
#[napi]
pub fn append_journal_entries_and_stamp_header(
    journal_dir: String,
    entries: Vec<JournalEntry>,
    timestamp: f64,
) -> napi::Result<()> {
    domain::graph::journal::append_entries_and_stamp_header(&journal_dir, &entries, timestamp)
        .map_err(journal_error)
}

/// Mark how far the change journal has come. `null` if it has no entries.
#[napi]
pub fn mark_journal(journal_dir: String) -> napi::Result<Option<String>> {
    domain::graph::journal::mark_journal(&journal_dir).map_err(journal_error)
}

/// Drop the change journal's entries up to a mark, and keep those that came later.
#[napi]
pub fn checkpoint_journal(
    journal_dir: String,
    position: Option<String>,
    timestamp: f64,
) -> napi::Result<()> {
    domain::graph::journal::checkpoint_journal(&journal_dir, position.as_deref(), timestamp)
        .map_err(journal_error)
}

fn journal_error(error: codegraph_journal::Error) -> napi::Error {
    napi::Error::from_reason(error.to_string())
}

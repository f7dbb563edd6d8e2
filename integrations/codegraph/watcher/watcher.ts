/** What the watcher knows of the incremental-build journal. */
interface WatcherJournal {
  /** The database's own directory, `path.dirname(dbPath)`, not unconditionally
   * under `rootDir`: a caller-supplied `dbPath` override relocates both (#2426). */
  dir: string;
  /** Entries whose write has failed, for the next one: the journal must lack no change. */
  unwritten: Array<{ file: string; deleted: boolean }>;
  /** Set once a change had a name that the journal cannot carry. */
  lacksChange: boolean;
}

/**
 * Journal what has changed, and what could not be journaled before. A build that
 * trusts the journal looks at no other file, so it must not trust one that lacks
 * a change: after a failure the header is cleared until a write succeeds, and
 * for a name that cannot be written as long as this watcher runs.
 *
 * Exported for unit-testing; prefer letting the watcher call this automatically
 * in production paths.
 */
export function journalChanges(
  journal: WatcherJournal,
  changes: Array<{ file: string; deleted: boolean }>,
): void {
  const entries = [...journal.unwritten];
  for (const change of changes) {
    if (isJournalable(change.file)) entries.push(change);
    else {
      warn(`The journal cannot carry ${JSON.stringify(change.file)}: builds look at all files now`);
      journal.lacksChange = true;
    }
  }
  try {
    appendJournalEntriesAndStampHeader(journal.dir, entries, journal.lacksChange ? 0 : Date.now());
    journal.unwritten = [];
  } catch (e: unknown) {
    journal.unwritten = entries;
    warn(`Failed to journal ${entries.length} changed files: ${toErrorMessage(e)}`);
    try {
      invalidateJournal(journal.dir);
      info('The next build looks at all files');
    } catch (err: unknown) {
      warn(
        `Run \`codegraph build --no-incremental\`: builds trust a journal that lacks these files, and it cannot be cleared: ${toErrorMessage(err)}`,
      );
    }
  }
}

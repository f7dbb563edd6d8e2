/**
 * What a build does at its end: drop the entries that it has read, keep those
 * that came while it ran, and stamp the header. Never throws: the graph is
 * built, and the next build can read the same entries once more.
 *
 * `journalDir` — see `readJournal`'s doc comment: the database's own
 * directory, not `rootDir`.
 */
export function checkpointJournal(
  journalDir: string,
  position: string | null,
  timestamp: number,
): void {
  try {
    writeJournalHeader(journalDir, timestamp, (journalPath) => linesAfter(journalPath, position));
  } catch (err) {
    warn(`Failed to write journal header: ${toErrorMessage(err)}`);
  }
}

/**
 * Whether readers get this path back from the journal. They would take one that
 * begins with `#` for a comment, trim blanks, and split it at a newline.
 */
export function isJournalable(file: string): boolean {
  if (/[\r\n\0]/.test(file)) return false;
  return parseJournalBody(['', file]).changed[0] === file;
}

/**
 * Set the header's timestamp to zeros, for a journal that lacks a change: builds
 * look at all files until the next stamp.
 *
 * Overwrites the digits in place, and without the lock, because room on the disk
 * and the lock are what a write may have failed for. A writer that replaces the
 * journal meanwhile undoes it.
 *
 * `journalDir` — see `readJournal`'s doc comment: the database's own
 * directory, not `rootDir`.
 */
export function invalidateJournal(journalDir: string): void {
  const journalPath = path.join(journalDir, JOURNAL_FILENAME);
  if (!fs.existsSync(journalPath)) return;
  const fd = fs.openSync(journalPath, 'r+');
  try {
    const [header] = fs.readFileSync(fd, 'utf-8').split('\n');
    if (!header!.startsWith(HEADER_PREFIX)) return;
    const digits = header!.length - HEADER_PREFIX.length;
    fs.writeSync(fd, '0'.repeat(digits), HEADER_PREFIX.length);
  } finally {
    fs.closeSync(fd);
  }
}

/** Whether any line is an entry. The first is skipped, as `parseJournalBody` skips the header. */
function hasEntries(lines: string[]): boolean {
  const { changed, removed } = parseJournalBody(lines);
  return changed.length > 0 || removed.length > 0;
}

/**
 * Mark how far the journal has come, before a build reads it, for the
 * `checkpointJournal` at the build's end.
 *
 * The mark is a comment line with a nonce: readers skip it, and it keeps its
 * place when other writers append and stamp. Returns null, and writes nothing,
 * if the journal has no entries. Never throws: a build without a mark keeps all
 * entries, so that the next one reads them once more.
 *
 * `journalDir` — see `readJournal`'s doc comment: the database's own
 * directory, not `rootDir`.
 */
export function markJournal(journalDir: string): string | null {
  const journalPath = path.join(journalDir, JOURNAL_FILENAME);
  if (!fs.existsSync(journalPath)) return null;
  try {
    if (!hasEntries(fs.readFileSync(journalPath, 'utf-8').split('\n'))) return null;
    const position = crypto.randomBytes(8).toString('hex');
    withJournalLock(journalDir, () => {
      const newline = fs.readFileSync(journalPath, 'utf-8').endsWith('\n') ? '' : '\n';
      fs.appendFileSync(journalPath, `${newline}${POSITION_PREFIX}${position}\n`);
    });
    return position;
  } catch (err) {
    warn(`Failed to mark the journal: ${toErrorMessage(err)}`);
    return null;
  }
}

/** The lines behind a mark, or behind the header if it is gone or null; '' without an entry. */
function linesAfter(journalPath: string, position: string | null): string {
  if (!fs.existsSync(journalPath)) return '';
  const lines = fs.readFileSync(journalPath, 'utf-8').split('\n');
  const mark = position === null ? -1 : lines.indexOf(`${POSITION_PREFIX}${position}`);
  const fromMark = lines.slice(Math.max(mark, 0));
  return hasEntries(fromMark) ? fromMark.slice(1).join('\n') : '';
}

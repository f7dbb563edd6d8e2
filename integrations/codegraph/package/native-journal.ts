/**
 * Loads `codegraph-journal`: the change journal under a kernel lock, for
 * platforms without the native engine. `journal.ts` has its own lock where the
 * package is not installed, or has no binary.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { toErrorMessage } from '../shared/errors.js';
import { debug, warn } from './logger.js';

type JournalPackage = typeof import('codegraph-journal/dir');

/** What `journal.ts` asks for; `markJournal` gives null if the journal has no entries. */
interface NativeJournal {
  appendJournalEntriesAndStampHeader: JournalPackage['appendJournalEntriesAndStampHeader'];
  markJournal(journalDir: string): string | null;
  checkpointJournal(journalDir: string, position: string | null, timestamp: number): void;
}

const _require = createRequire(import.meta.url);
let _cached: NativeJournal | null | undefined; // undefined = not yet tried, null = failed

export function loadNativeJournal(): NativeJournal | null {
  if (_cached === undefined) _cached = load();
  return _cached;
}

function load(): NativeJournal | null {
  try {
    const journal = _require('codegraph-journal/dir') as JournalPackage;
    journal.setWarningHandler(({ message }) => warn(message));
    return {
      appendJournalEntriesAndStampHeader: journal.appendJournalEntriesAndStampHeader,
      markJournal: (journalDir) => journal.markJournal(journalDir) || null,
      // Entries that are kept leave the header at 0, as in `writeJournalHeader`.
      checkpointJournal(journalDir, position, timestamp) {
        if (position) journal.checkpointJournal(journalDir, position, 0);
        else journal.appendJournalEntriesAndStampHeader(journalDir, [], 0);
        const content = readFileSync(path.join(journalDir, journal.JOURNAL_FILENAME), 'utf-8');
        const hasEntries = /\n[^\S\n]*[^#\s]/.test(content);
        if (!hasEntries) journal.appendJournalEntriesAndStampHeader(journalDir, [], timestamp);
      },
    };
  } catch (e) {
    debug(`loadNativeJournal: codegraph-journal is not available: ${toErrorMessage(e)}`);
    return null;
  }
}

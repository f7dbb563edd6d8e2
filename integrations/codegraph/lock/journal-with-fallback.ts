/**
 * The change journal, in place of `journal.ts`, if platforms without a binary are to keep a journal:
 * today's module, renamed to `journal-js.ts`, then goes on there, with its own lock and without
 * checkpoints.
 *
 * `journalDir` is the directory of the database, which the journal lies beside.
 */
import type { JournalReadResult } from 'codegraph-journal/dir';
import * as js from './journal-js.js';
import { nativeJournal } from './journal-native.js';

const native = nativeJournal();

export const { JOURNAL_FILENAME } = js;

export const readJournal: (journalDir: string) => JournalReadResult =
  native?.readJournal ?? readByJs;
export const appendJournalEntries = native?.appendJournalEntries ?? js.appendJournalEntries;
export const appendJournalEntriesAndStampHeader =
  native?.appendJournalEntriesAndStampHeader ?? js.appendJournalEntriesAndStampHeader;
export const writeJournalHeader = native?.writeJournalHeader ?? js.writeJournalHeader;
export const markJournal = native?.markJournal ?? (() => '');
export const checkpointJournal = native?.checkpointJournal ?? resetByJs;

function readByJs(journalDir: string): JournalReadResult {
  return js.readJournal(journalDir) as JournalReadResult;
}

/** Drops what came meanwhile, too: the JavaScript module has no positions. */
function resetByJs(journalDir: string, _position: string, timestamp: number): boolean {
  js.writeJournalHeader(journalDir, timestamp);
  return false;
}

/**
 * The change journal: which files the watcher has seen change since the last build.
 *
 * codegraph-journal reads and writes it, under a lock. Where that package has no binary there is
 * no journal: readers say `{ valid: false }`, so every build looks at all files, and writers do
 * nothing.
 *
 * `journalDir` is the directory of the database, which the journal lies beside.
 */
import type { JournalEntry, JournalReadResult } from 'codegraph-journal/dir';
import { nativeJournal } from './journal-native.js';

export const JOURNAL_FILENAME = 'changes.journal';

export function readJournal(journalDir: string): JournalReadResult {
  return nativeJournal()?.readJournal(journalDir) ?? { valid: false };
}

export function appendJournalEntries(journalDir: string, entries: JournalEntry[]): void {
  nativeJournal()?.appendJournalEntries(journalDir, entries);
}

export function appendJournalEntriesAndStampHeader(
  journalDir: string,
  entries: JournalEntry[],
  timestamp: number,
): void {
  nativeJournal()?.appendJournalEntriesAndStampHeader(journalDir, entries, timestamp);
}

/** Drops all entries, also those that no build has read. */
export function writeJournalHeader(journalDir: string, timestamp: number): void {
  nativeJournal()?.writeJournalHeader(journalDir, timestamp);
}

/** How far the journal has come: at a build's start. The empty string where that can't be told. */
export function markJournal(journalDir: string): string {
  return nativeJournal()?.markJournal(journalDir) ?? '';
}

/**
 * What a build does at its end: drops the entries up to `position`, keeps those that came later,
 * and stamps the header. Warns in place of a throw. Returns whether the position still fitted.
 */
export function checkpointJournal(
  journalDir: string,
  position: string,
  timestamp: number,
): boolean {
  return nativeJournal()?.checkpointJournal(journalDir, position, timestamp) ?? false;
}

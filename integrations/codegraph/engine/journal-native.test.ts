/**
 * The change journal under the engine's lock, and under TypeScript's: what one has marked the other
 * takes, and an engine that is too old for either is left out.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  appendJournalEntriesAndStampHeader,
  checkpointJournal,
  JOURNAL_FILENAME,
  markJournal,
  readJournal,
} from '../../src/domain/graph/journal.js';
import { loadNative } from '../../src/infrastructure/native.js';
import type { NativeAddon } from '../../src/types.js';

/** What `loadNative` gives: the real addon, one of before the journal's functions, or none. */
let addon: NativeAddon | null | undefined;
vi.mock('../../src/infrastructure/native.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/infrastructure/native.js')>();
  return { ...original, loadNative: () => (addon === undefined ? original.loadNative() : addon) };
});
const real = loadNative();
const OLD = { engineVersion: () => '3.17.0' } as unknown as NativeAddon;

describe.skipIf(!real?.markJournal)('the change journal', () => {
  let journalDir: string;
  let journalPath: string;

  beforeEach(() => {
    journalDir = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-native-'));
    journalPath = path.join(journalDir, JOURNAL_FILENAME);
  });

  afterEach(() => {
    fs.rmSync(journalDir, { recursive: true, force: true });
  });

  function journal(file: string, timestamp: number) {
    appendJournalEntriesAndStampHeader(journalDir, [{ file }], timestamp);
  }

  it.each([
    ['native', 'native', real, real],
    ['native', 'TypeScript', real, null],
    ['TypeScript', 'native', null, real],
    ['an old addon', 'native', OLD, real],
    ['native', 'an old addon', real, OLD],
  ])('marked by %s, checkpointed by %s', (_marker, _checkpointer, first, second) => {
    addon = first;
    journal('src/read.ts', 1000);
    const position = markJournal(journalDir);
    expect(position).toMatch(/^[0-9a-f]{16}$/);
    journal('src/meanwhile.ts', 2000);
    addon = second;
    checkpointJournal(journalDir, position, 3000);
    expect(fs.readFileSync(journalPath, 'utf-8')).toBe(
      '# codegraph-journal v1 0\nsrc/meanwhile.ts\n',
    );
    journal('src/next.ts', 4000);
    expect(readJournal(journalDir).changed).toEqual(['src/meanwhile.ts', 'src/next.ts']);
    checkpointJournal(journalDir, markJournal(journalDir), 5000);
    expect(readJournal(journalDir)).toMatchObject({ valid: true, timestamp: 5000, changed: [] });
  });

  it('is left to the engine where the engine can', () => {
    const calls: string[] = [];
    const said = (name: string) => () => void calls.push(name);
    addon = {
      appendJournalEntriesAndStampHeader: said('append'),
      markJournal: said('mark'),
      checkpointJournal: said('checkpoint'),
    } as unknown as NativeAddon;
    fs.writeFileSync(journalPath, '# codegraph-journal v1 1000\nsrc/a.ts\n');
    journal('src/b.ts', 2000);
    markJournal(journalDir);
    checkpointJournal(journalDir, null, 3000);
    expect(calls).toEqual(['append', 'mark', 'checkpoint']);
  });

  it('throws what the engine says', () => {
    addon = real;
    fs.mkdirSync(journalPath);
    expect(() => journal('src/a.ts', 1000)).toThrow(/changes\.journal/);
  });
});

/**
 * markJournal and checkpointJournal: a build drops the entries that it has read, and keeps those
 * that a watcher has journaled meanwhile.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  appendJournalEntries,
  appendJournalEntriesAndStampHeader,
  checkpointJournal,
  JOURNAL_FILENAME,
  markJournal,
  readJournal,
} from '../../src/domain/graph/journal.js';

const NOW = 1700000000000;

let journalDir: string;
let journalPath: string;

beforeEach(() => {
  journalDir = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-checkpoint-'));
  journalPath = path.join(journalDir, JOURNAL_FILENAME);
});

afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(journalDir, { recursive: true, force: true });
});

/** As the watcher journals an edit. */
function journal(...files: string[]) {
  const entries = files.map((file) => ({ file }));
  appendJournalEntriesAndStampHeader(journalDir, entries, NOW);
}

/** What the next build would read once a watcher has stamped the journal. */
function kept() {
  appendJournalEntriesAndStampHeader(journalDir, [], NOW);
  return readJournal(journalDir).changed;
}

describe('markJournal', () => {
  it('writes nothing when there is nothing to drop', () => {
    expect(markJournal(journalDir)).toBe(null);
    expect(fs.readdirSync(journalDir)).toEqual([]);

    journal();
    const before = fs.readFileSync(journalPath, 'utf-8');
    expect(markJournal(journalDir)).toBe(null);
    expect(fs.readFileSync(journalPath, 'utf-8')).toBe(before);
  });

  it('leaves a comment line that readers skip', () => {
    journal('src/a.ts');
    const before = readJournal(journalDir);
    const position = markJournal(journalDir);
    expect(position).toMatch(/^[0-9a-f]{16}$/);
    expect(fs.readFileSync(journalPath, 'utf-8')).toMatch(
      new RegExp(`\n# position ${position}\n$`),
    );
    expect(readJournal(journalDir)).toEqual(before);
  });

  it('marks a journal that no watcher has stamped', () => {
    appendJournalEntries(journalDir, [{ file: 'src/a.ts' }]);
    checkpointJournal(journalDir, markJournal(journalDir), NOW);
    expect(readJournal(journalDir)).toMatchObject({ valid: true, changed: [] });
  });

  it('does not glue its line to one that a crash has cut', () => {
    fs.writeFileSync(journalPath, '# codegraph-journal v1 1700000000000\nsrc/a.ts');
    markJournal(journalDir);
    expect(readJournal(journalDir).changed).toEqual(['src/a.ts']);
  });

  it('warns, and throws nothing, when the journal cannot be read', () => {
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    fs.mkdirSync(journalPath);
    expect(markJournal(journalDir)).toBe(null);
    expect(stderr).toHaveBeenCalledWith(expect.stringContaining('Failed to mark the journal: '));
  });
});

describe('checkpointJournal', () => {
  it('drops what stands before the mark, and keeps what came later', () => {
    journal('src/read.ts');
    const position = markJournal(journalDir);
    journal('src/meanwhile.ts');
    appendJournalEntries(journalDir, [{ file: 'src/gone.ts', deleted: true }]);
    checkpointJournal(journalDir, position, NOW);
    expect(fs.readFileSync(journalPath, 'utf-8')).toBe(
      '# codegraph-journal v1 0\nsrc/meanwhile.ts\nDELETED src/gone.ts\n',
    );
  });

  it('leaves a journal that is valid again after the next stamp only', () => {
    journal('src/read.ts');
    const position = markJournal(journalDir);
    journal('src/meanwhile.ts');
    checkpointJournal(journalDir, position, NOW);
    expect(readJournal(journalDir)).toEqual({ valid: false });
    journal('src/later.ts');
    expect(readJournal(journalDir)).toMatchObject({
      valid: true,
      changed: ['src/meanwhile.ts', 'src/later.ts'],
    });
  });

  it('stamps the header when nothing came meanwhile', () => {
    journal('src/read.ts');
    checkpointJournal(journalDir, markJournal(journalDir), NOW + 1);
    expect(readJournal(journalDir)).toEqual({
      valid: true,
      timestamp: NOW + 1,
      changed: [],
      removed: [],
    });
  });

  it('keeps everything without a mark', () => {
    journal('src/a.ts', '# position null', 'src/b.ts');
    checkpointJournal(journalDir, null, NOW);
    expect(kept()).toEqual(['src/a.ts', 'src/b.ts']);
  });

  it('keeps everything when another build has dropped the mark', () => {
    journal('src/a.ts');
    const first = markJournal(journalDir);
    journal('src/b.ts');
    const second = markJournal(journalDir);
    journal('src/c.ts');
    checkpointJournal(journalDir, second, NOW);
    checkpointJournal(journalDir, first, NOW);
    expect(kept()).toEqual(['src/c.ts']);
  });

  it("keeps another build's later mark", () => {
    journal('src/a.ts');
    const first = markJournal(journalDir);
    journal('src/b.ts');
    const second = markJournal(journalDir);
    journal('src/c.ts');
    checkpointJournal(journalDir, first, NOW);
    expect(kept()).toEqual(['src/b.ts', 'src/c.ts']);
    checkpointJournal(journalDir, second, NOW);
    expect(kept()).toEqual(['src/c.ts']);
  });

  it('makes a journal where there is none', () => {
    fs.rmdirSync(journalDir);
    checkpointJournal(journalDir, null, NOW);
    expect(fs.readdirSync(journalDir)).toEqual([JOURNAL_FILENAME]);
    expect(fs.readFileSync(journalPath, 'utf-8')).toBe('# codegraph-journal v1 1700000000000\n');
  });

  it('warns, and throws nothing, when the journal cannot be written', () => {
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    fs.mkdirSync(journalPath);
    checkpointJournal(journalDir, null, NOW);
    expect(stderr).toHaveBeenCalledWith(
      expect.stringContaining('Failed to write journal header: '),
    );
    expect(fs.readdirSync(journalDir)).toEqual([JOURNAL_FILENAME]);
  });

  it('warns, and throws nothing, when the lock cannot be had', () => {
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    fs.rmdirSync(journalDir);
    fs.writeFileSync(journalDir, '');
    expect(() => checkpointJournal(journalDir, null, NOW)).not.toThrow();
    expect(stderr).toHaveBeenCalledWith(
      expect.stringContaining('Failed to write journal header: '),
    );
  });
});

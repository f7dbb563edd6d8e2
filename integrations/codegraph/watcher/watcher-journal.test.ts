/**
 * A build that trusts the journal looks at no file that it does not name. So what the watcher
 * could not journal must not go unsaid, and the build after it looks at all files.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openReadonlyOrFail } from '../../src/db/index.js';
import { buildGraph } from '../../src/domain/graph/builder.js';
import {
  appendJournalEntriesAndStampHeader,
  invalidateJournal,
  JOURNAL_FILENAME,
  readJournal,
} from '../../src/domain/graph/journal.js';
import { journalChanges } from '../../src/domain/graph/watcher.js';
import type { EngineMode } from '../../src/types.js';

/** Whether a write fails, as on a full disk. */
let isFailing = false;

vi.mock('../../src/domain/graph/journal.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/domain/graph/journal.js')>();
  return {
    ...original,
    appendJournalEntriesAndStampHeader(
      ...args: Parameters<typeof original.appendJournalEntriesAndStampHeader>
    ) {
      if (isFailing) throw new Error('ENOSPC: no space left on device, write');
      original.appendJournalEntriesAndStampHeader(...args);
    },
  };
});

const ENGINES: EngineMode[] = ['wasm', 'native'];

describe.each(ENGINES)('what the watcher cannot journal — engine: %s', (engine) => {
  let root: string;
  let journal: Parameters<typeof journalChanges>[0];
  let said: string;

  beforeEach(async () => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), `codegraph-watcher-journal-${engine}-`));
    journal = { dir: path.join(root, '.codegraph'), unwritten: [], lacksChange: false };
    for (const name of ['a', 'b']) write(`${name}.ts`, `export function ${name}() {}\n`);
    await build();
    said = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += text;
      return true;
    });
  });

  afterEach(() => {
    vi.restoreAllMocks();
    fs.rmSync(root, { recursive: true, force: true });
  });

  it('is found by the next build, though others are journaled', async () => {
    edit('a.ts', 'export function journaled() {}\n');
    failing(() => edit('b.ts', 'export function unjournaled() {}\n'));
    expect(said).toContain('[codegraph WARN] Failed to journal 1 changed files: ENOSPC');
    expect(readJournal(journal.dir)).toEqual({ valid: false });
    await build();
    expect(names()).toEqual(expect.arrayContaining(['journaled', 'unjournaled']));
  });

  it('is journaled with the next change', async () => {
    failing(() => edit('a.ts', 'export function first() {}\n'));
    edit('b.ts', 'export function second() {}\n');
    expect(readJournal(journal.dir)).toMatchObject({ valid: true, changed: ['a.ts', 'b.ts'] });
    edit('a.ts', 'export function first() {}\n');
    expect(readJournal(journal.dir).changed).toEqual(['a.ts', 'b.ts']);
    await build();
    expect(names()).toEqual(expect.arrayContaining(['first', 'second']));
  });

  it('warns when the journal cannot be cleared either', () => {
    edit('a.ts', 'export function journaled() {}\n');
    fs.rmSync(path.join(journal.dir, JOURNAL_FILENAME));
    fs.mkdirSync(path.join(journal.dir, JOURNAL_FILENAME));
    edit('b.ts', 'export function unjournaled() {}\n');
    expect(said).toContain('Run `codegraph build --no-incremental`');
  });

  it('leaves the journal to nobody when its name would be read as a comment', async () => {
    edit('a.ts', 'export function journaled() {}\n');
    edit('#b.ts', 'export function hash() {}\n');
    edit('b.ts', 'export function next() {}\n');
    expect(said).toContain('The journal cannot carry "#b.ts"');
    expect(readJournal(journal.dir)).toEqual({ valid: false });
    await build();
    expect(names()).toEqual(expect.arrayContaining(['journaled', 'hash', 'next']));
  });

  function build() {
    return buildGraph(root, { engine, incremental: true, skipRegistry: true });
  }

  function write(file: string, text: string) {
    fs.writeFileSync(path.join(root, file), text);
  }

  function edit(file: string, text: string) {
    write(file, text);
    journalChanges(journal, [{ file, deleted: false }]);
  }

  function failing(change: () => void) {
    isFailing = true;
    change();
    isFailing = false;
  }

  function names(): string[] {
    const db = openReadonlyOrFail(path.join(journal.dir, 'graph.db'));
    try {
      const rows = db.prepare('SELECT name FROM nodes').all() as Array<{ name: string }>;
      return rows.map(({ name }) => name);
    } finally {
      db.close();
    }
  }
});

describe('appendJournalEntriesAndStampHeader', () => {
  it('throws what went wrong, and leaves nothing beside the journal', () => {
    const journalDir = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-watcher-journal-'));
    fs.mkdirSync(path.join(journalDir, JOURNAL_FILENAME));
    expect(() => appendJournalEntriesAndStampHeader(journalDir, [], 1)).toThrow();
    expect(fs.existsSync(path.join(journalDir, `${JOURNAL_FILENAME}.tmp`))).toBe(false);
    fs.rmSync(journalDir, { recursive: true });
  });
});

describe('invalidateJournal', () => {
  it('overwrites nothing but a timestamp', () => {
    const journalDir = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-watcher-journal-'));
    const journalPath = path.join(journalDir, JOURNAL_FILENAME);
    for (const [before, after] of [
      ['# codegraph-journal v1 1700\na.ts\n', '# codegraph-journal v1 0000\na.ts\n'],
      ['src/a/name/longer/than/the/prefix.ts\n', 'src/a/name/longer/than/the/prefix.ts\n'],
    ] as const) {
      fs.writeFileSync(journalPath, before);
      invalidateJournal(journalDir);
      expect(fs.readFileSync(journalPath, 'utf-8')).toBe(after);
    }
    fs.rmSync(journalDir, { recursive: true });
  });
});

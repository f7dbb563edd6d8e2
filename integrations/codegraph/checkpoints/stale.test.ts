/**
 * What the watcher journals while a build runs is the next build's to read.
 *
 * A build that dropped all entries at its end left the graph stale: the file that had changed
 * meanwhile was in no journal any more, and a build trusts a journal that has entries to name
 * everything that has changed.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openReadonlyOrFail } from '../../src/db/index.js';
import { buildGraph } from '../../src/domain/graph/builder.js';
import {
  appendJournalEntriesAndStampHeader,
  readJournal,
  writeJournalHeader,
} from '../../src/domain/graph/journal.js';

/** What happens as soon as a build has parsed its files. */
let afterParsing: (() => void) | undefined;

vi.mock('../../src/domain/graph/builder/stages/parse-files.js', async (importOriginal) => {
  const original =
    await importOriginal<typeof import('../../src/domain/graph/builder/stages/parse-files.js')>();
  return {
    ...original,
    async parseFiles(...args: Parameters<typeof original.parseFiles>) {
      await original.parseFiles(...args);
      afterParsing?.();
    },
  };
});

describe('entries that come while a build runs', () => {
  let root: string;
  let journalDir: string;

  beforeEach(async () => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-checkpoint-'));
    journalDir = path.join(root, '.codegraph');
    for (const name of ['a', 'b', 'c']) write(`${name}.ts`, `export function ${name}() {}\n`);
    await build();
  });

  afterEach(() => {
    afterParsing = undefined;
    fs.rmSync(root, { recursive: true, force: true });
  });

  it('are kept by that build, and read by the next one', async () => {
    edit('a.ts', 'export function early() {}\n');
    afterParsing = () => edit('b.ts', 'export function late() {}\n');
    await build();
    afterParsing = undefined;
    expect(readJournal(journalDir).changed).toEqual(['b.ts']);

    edit('c.ts', 'export function next() {}\n');
    await build();
    expect(names()).toEqual(expect.arrayContaining(['early', 'late', 'next']));
    expect(readJournal(journalDir)).toMatchObject({ valid: true, changed: [], removed: [] });
  });

  it('are kept by a scoped build, with all others', async () => {
    edit('a.ts', 'export function early() {}\n');
    await build({ scope: ['c.ts'] });
    expect(readJournal(journalDir).changed).toEqual(['a.ts']);
    await build();
    expect(names()).toContain('early');
  });

  /** `b.ts` is edited during a build; the watcher then stops, and `c.ts` is edited unseen. */
  async function buildWatcherStopsEdit(stop: () => void) {
    edit('a.ts', 'export function early() {}\n');
    afterParsing = () => edit('b.ts', 'export function late() {}\n');
    await build();
    afterParsing = undefined;
    stop();
    write('c.ts', 'export function unwatched() {}\n');
  }

  it('hide from one build what is edited once the watcher has stopped', async () => {
    await buildWatcherStopsEdit(() => {});
    await build();
    expect(names()).toContain('late');
    expect(names()).not.toContain('unwatched');
    await build();
    expect(names()).toContain('unwatched');
  });

  it('hide nothing if the watcher closes the journal as it stops', async () => {
    await buildWatcherStopsEdit(() => writeJournalHeader(journalDir, 0));
    await build();
    expect(names()).toEqual(expect.arrayContaining(['late', 'unwatched']));
  });

  function build(opts = {}) {
    return buildGraph(root, { engine: 'wasm', incremental: true, skipRegistry: true, ...opts });
  }

  function write(file: string, text: string) {
    fs.writeFileSync(path.join(root, file), text);
  }

  /** As the watcher tells of an edit. */
  function edit(file: string, text: string) {
    write(file, text);
    appendJournalEntriesAndStampHeader(journalDir, [{ file }], Date.now());
  }

  function names(): string[] {
    const db = openReadonlyOrFail(path.join(journalDir, 'graph.db'));
    try {
      const rows = db.prepare('SELECT name FROM nodes').all() as Array<{ name: string }>;
      return rows.map(({ name }) => name);
    } finally {
      db.close();
    }
  }
});

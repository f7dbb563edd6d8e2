/**
 * What a watcher journals while a build runs is the next build's to read.
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
  JOURNAL_FILENAME,
  readJournal,
} from '../../src/domain/graph/journal.js';
import type { BuildGraphOpts, EngineMode } from '../../src/types.js';

const ENGINES: EngineMode[] = ['wasm', 'native'];

/** What happens once a build has read its files, and before it ends. */
let meanwhile: (() => void) | undefined;

vi.mock('../../src/domain/graph/builder/stages/parse-files.js', async (importOriginal) => {
  const original =
    await importOriginal<typeof import('../../src/domain/graph/builder/stages/parse-files.js')>();
  return {
    ...original,
    async parseFiles(...args: Parameters<typeof original.parseFiles>) {
      await original.parseFiles(...args);
      meanwhile?.();
    },
  };
});

vi.mock('../../src/domain/graph/builder/stages/native-orchestrator.js', async (importOriginal) => {
  const original =
    await importOriginal<
      typeof import('../../src/domain/graph/builder/stages/native-orchestrator.js')
    >();
  return {
    ...original,
    async tryNativeOrchestrator(...args: Parameters<typeof original.tryNativeOrchestrator>) {
      const result = await original.tryNativeOrchestrator(...args);
      if (result) meanwhile?.();
      return result;
    },
  };
});

describe.each(ENGINES)('entries that come while a build runs — engine: %s', (engine) => {
  let root: string;
  let journalDir: string;

  beforeEach(async () => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), `codegraph-checkpoints-${engine}-`));
    journalDir = path.join(root, '.codegraph');
    for (const name of ['a', 'b', 'c']) write(`${name}.ts`, `export function ${name}() {}\n`);
    await build();
    edit('a.ts', 'export function early() {}\n');
  });

  afterEach(() => {
    meanwhile = undefined;
    fs.rmSync(root, { recursive: true, force: true });
  });

  it('are read by the next build', async () => {
    await buildWhile(() => edit('b.ts', 'export function late() {}\n'));
    edit('c.ts', 'export function next() {}\n');
    expect(readJournal(journalDir)).toMatchObject({ valid: true, changed: ['b.ts', 'c.ts'] });
    await build();
    expect(names()).toEqual(expect.arrayContaining(['early', 'late', 'next']));
    expect(entries()).toEqual([]);
  });

  it('are read when the next build finds nothing else to do', async () => {
    await buildWhile(() => edit('b.ts', 'export function late() {}\n'));
    await build();
    expect(names()).toEqual(expect.arrayContaining(['early', 'late']));
  });

  it('are no proof that a watcher still runs', async () => {
    await buildWhile(() => edit('b.ts', 'export function late() {}\n'));
    write('c.ts', 'export function unwatched() {}\n');
    write('d.ts', 'export function added() {}\n');
    await build();
    expect(names()).toEqual(expect.arrayContaining(['early', 'late', 'unwatched', 'added']));
  });

  it('are kept by a scoped build, with all others', async () => {
    await buildWhile(() => edit('b.ts', 'export function late() {}\n'), { scope: ['c.ts'] });
    expect(entries()).toEqual(['a.ts', 'b.ts']);
    await build();
    expect(names()).toEqual(expect.arrayContaining(['early', 'late']));
  });

  function build(opts: BuildGraphOpts = {}) {
    return buildGraph(root, { engine, incremental: true, skipRegistry: true, ...opts });
  }

  async function buildWhile(change: () => void, opts?: BuildGraphOpts) {
    meanwhile = change;
    await build(opts);
    meanwhile = undefined;
  }

  function write(file: string, text: string) {
    fs.writeFileSync(path.join(root, file), text);
  }

  /** As the watcher journals an edit. */
  function edit(file: string, text: string) {
    write(file, text);
    appendJournalEntriesAndStampHeader(journalDir, [{ file }], Date.now());
  }

  function entries(): string[] {
    const [, ...lines] = fs
      .readFileSync(path.join(journalDir, JOURNAL_FILENAME), 'utf-8')
      .split('\n');
    return lines.filter((line) => line && !line.startsWith('#'));
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

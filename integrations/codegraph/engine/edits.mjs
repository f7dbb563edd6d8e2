// The third pull request: the lock of the crate `codegraph-journal`, in codegraph's own engine or, where there is none, in an npm package.

import { after, before, text } from '../edits.mjs'

/** How `journal.ts` finds the functions under the kernel lock. */
const ENGINE = { call: 'loadNative', file: 'native' }
const PACKAGE = { call: 'loadNativeJournal', file: 'native-journal' }

/** The functions of `journal.ts` that ask whether there is a better lock than its own. */
const asked = ({ call, file }) => ({
  'domain/graph/journal': [
    after(
      /^import \{ debug, warn \} from '.*\/logger\.js';\n/m,
      `import { ${call} } from '../../infrastructure/${file}.js';\n`,
    ),
    [
      /export function appendJournalEntriesAndStampHeader\(\s*(\w+)[^)]*\)(?:: void)? \{\n/,
      (line, dir) => `${line}  const native = ${call}();
  if (native?.appendJournalEntriesAndStampHeader) {
    native.appendJournalEntriesAndStampHeader(${dir}, entries, timestamp);
    return;
  }
`,
      1,
    ],
    before(
      /^ +const position = crypto\.randomBytes/m,
      `    const native = ${call}();
    if (native?.markJournal) return native.markJournal(journalDir);
`,
    ),
    [
      /^ +(writeJournalHeader\(journalDir, timestamp, \(journalPath\).*;)$/m,
      `    const native = ${call}();
    if (native?.checkpointJournal) native.checkpointJournal(journalDir, position, timestamp);
    else
      $1`,
      1,
    ],
  ],
})

/** Shape B: in the engine, which codegraph loads anyway. An older engine lacks the functions. */
export const engine = () => ({
  ...asked(ENGINE),
  types: [
    before(
      /^ +computeConfidence\(/m,
      `  /**
   * The change journal under a kernel lock — optional: older published addons
   * predate these three, so \`journal.ts\` feature-detects them and falls back to
   * its own lock.
   */
  appendJournalEntriesAndStampHeader?(
    journalDir: string,
    entries: Array<{ file: string; deleted?: boolean }>,
    timestamp: number,
  ): void;
  markJournal?(journalDir: string): string | null;
  checkpointJournal?(journalDir: string, position: string | null, timestamp: number): void;
`,
    ),
  ],
})

/** The engine's own files. `dependency` is the value of `codegraph-journal` in `Cargo.toml`. */
export const engineWithLock = ({ dependency }) => ({
  'Cargo.toml': [after(/^\[dependencies\]\n/m, `codegraph-journal = ${dependency}\n`)],
  'src/domain/graph/journal.rs': [
    [
      /\/\/! Builds and watchers write it in .*\n/,
      '//! Written by the crate `codegraph-journal`, whose lock excludes that of\n' +
        '//! `src/domain/graph/journal.ts`, and is excluded by it.\n',
      1,
    ],
    after(
      /^use std::path::\{Path, PathBuf\};\n/m,
      '\nuse codegraph_journal::{Entry, Journal, Timestamp};\nuse napi_derive::napi;\n',
    ),
    before(/\/\/\/ Write a fresh journal header, for tests/, `${text('engine/journal.rs')}\n`),
    before(/\}\n(?![^])/, `\n${text('engine/journal.test.rs')}`),
  ],
})

/** Shape A: from an npm package of its own. */
export const packaged = () => asked(PACKAGE)

/** The tests of the lock of `journal.ts` itself do without the better one. */
const ownLockOnly = ({ call, file }) => [
  before(
    /^const NOW = /m,
    `// The lock of journal.ts itself, whatever other is there.
vi.mock('../../src/infrastructure/${file}.js', () => ({ ${call}: () => null }));

`,
  ),
]

export const engineOwnLockOnly = ownLockOnly(ENGINE)
export const packageOwnLockOnly = ownLockOnly(PACKAGE)

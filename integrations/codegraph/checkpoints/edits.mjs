// The first pull request: a build keeps what was journaled while it ran. For a checkout of codegraph's source (TypeScript, Rust), and for the
// JavaScript of the published 3.11.2, whose journal takes the project's root and whose engine can't be changed.

import { after, before, literal, text } from '../edits.mjs'

const BUILDER = 'domain/graph/builder'

/** A call at a build's end. `Date.now()` is what codegraph stamps. */
const RESET = /writeJournalHeader\(((?:[^()]|\([^()]*\))+), Date\.now\(\)\)/g
const CHECKPOINT = 'checkpointJournal($1, ctx.journalPosition, Date.now())'

const HEADER = (signature) => `/**
 * Write a fresh header, and behind it the lines that \`keep\` picks: none by
 * default. Lines that are kept leave the header at 0, so that builds look at all
 * files until a watcher stamps it again: they are no proof that one still runs.
 *
 * \`journalDir\` — see \`readJournal\`'s doc comment: the database's own
 * directory, not \`rootDir\`.
 */
export function writeJournalHeader${signature} {`

const TYPED = `(
  journalDir: string,
  timestamp: number,
  keep: (journalPath: string) => string = () => '',
): void`

const MARK = (indent, dir) => `
${indent}// What is journaled from here on is for the next build. A scoped build is
${indent}// not asked for all that the journal names, so it marks and drops nothing.
${indent}if (!ctx.opts.scope) ctx.journalPosition = markJournal(${dir});`

/** @param isSource whether the files are TypeScript, and the journal's functions take its directory */
export function checkpoints({ isSource, code }) {
  const dir = isSource ? 'path.dirname(ctx.dbPath)' : 'ctx.rootDir'
  const typed = (declaration) => (isSource ? declaration : '')
  return {
    'domain/graph/journal': [
      after(
        /^import \{ debug, warn \} from '.*\/logger\.js';\n/m,
        `import { toErrorMessage } from '../../shared/errors.js';\n`,
      ),
      after(/^const HEADER_PREFIX = .*;\n/m, `const POSITION_PREFIX = '# position ';\n`),
      [
        /(?:\/\*\* .* \*\/\n)?export function writeJournalHeader\((\w+)(: string)?, timestamp(: number)?\)(: void)? \{/,
        (_, dir) =>
          `${code(text('checkpoints/mark.ts'))}\n${HEADER(isSource ? TYPED : `(${dir}, timestamp, keep = () => '')`)}`,
        1,
      ],
      [
        /^( +)(fs\.writeFileSync\(tmpPath, `\$\{HEADER_PREFIX\}\$\{)timestamp\}\\n`\);$/m,
        (_, indent, write) =>
          `${indent}const kept = keep(journalPath);\n` + `${indent}${write}kept ? 0 : timestamp}\\n\${kept}\`);`,
        1,
      ],
      before(/\/\*\*\n \* Atomically append entries/, `${code(text('checkpoints/checkpoint.ts'))}\n`),
    ],
    [`${BUILDER}/context`]: [
      [
        /^( +)nativeFirstProxy(: boolean)? = false;\n/m,
        (line, indent) =>
          `${line}${indent}/** How far the journal had come before this build read it; null keeps all its entries. */\n` +
          `${indent}journalPosition${typed(': string | null')} = null;\n`,
        1,
      ],
    ],
    [`${BUILDER}/pipeline`]: [
      [/import \{ writeJournalHeader \}/, 'import { checkpointJournal, markJournal }', 1],
      [/^( +)setupPipeline\(ctx\);$/m, (line, indent) => line + MARK(indent, dir), 1],
      [RESET, CHECKPOINT, 1],
      ...(isSource ? [NATIVE_RESULT] : []),
    ],
    [`${BUILDER}/stages/detect-changes`]: [
      [/import \{ readJournal, writeJournalHeader \}/, 'import { checkpointJournal, readJournal }', 1],
      [RESET, CHECKPOINT, 2],
    ],
    [`${BUILDER}/stages/finalize`]: [
      [/import \{ writeJournalHeader \}/, 'import { checkpointJournal }', 1],
      [/closeDb \/ writeJournalHeader \//, 'closeDb / checkpointJournal /', 1],
      [
        /\/\/ Write journal header after successful build/,
        literal('// Checkpoint the journal after a successful build'),
        1,
      ],
      [RESET, CHECKPOINT, 1],
    ],
  }
}

const NATIVE_RESULT = before(
  /^ +if \(nativeResult === 'early-exit'\) return;$/m,
  `      if (nativeResult) {
        // The engine leaves the journal to us: its lock is in journal.ts.
        checkpointJournal(path.dirname(ctx.dbPath), ctx.journalPosition, Date.now());
      }
`,
)

/** The engine, which resets the journal without a lock, leaves it to `buildGraph`. */
export const engineWithoutJournal = {
  'domain/graph/builder/pipeline.rs': [
    [/Finalize \(metadata, journal\)/, 'Finalize (metadata)', 1],
    [/(fn early_exit_result\([^)]*?) +journal_dir: &str,\n/, '$1', 1],
    [/(detect_changes::heal_metadata\(conn, metadata_updates\);\n) +journal::write_journal_header\(.*\);\n/, '$1', 1],
    [/(return Ok\(early_exit_result\([^;]*?) +journal_dir,\n/, '$1', 1],
    [/finalize_build\(conn, root_dir, journal_dir\);/, 'finalize_build(conn, root_dir);', 1],
    [
      /\/\/\/ Stage 9: Finalize build — persist metadata, write journal, return counts\.\n(fn finalize_build\(.*), journal_dir: &str\)/,
      '/// Stage 9: Finalize build — persist metadata, return counts. The journal is left to the caller,\n' +
        '/// `buildGraph` in `pipeline.ts`: it marked the journal before this build, and has its lock.\n$1)',
      1,
    ],
    [/ +\/\/ Write journal header\n +journal::write_journal_header\(journal_dir, now_ms\(\)\);\n/, '', 1],
  ],
  'domain/graph/journal.rs': [
    after(
      /^\/\/! DELETED .*\n\/\/! ```\n/m,
      '//!\n//! Other lines that begin with `#` are comments. `# position <nonce>` is how far a build has marked it.\n',
    ),
    [
      /\/\/! Read\/write (the `changes\.journal` file for .*\n)/,
      '//! Read $1//!\n//! Builds and watchers write it in `src/domain/graph/journal.ts`, under its lock.\n',
      1,
    ],
    [
      /\/\/\/ Write a fresh journal header, .*\n/,
      '/// Write a fresh journal header, for tests that need a journal.\n',
      1,
    ],
    before(/pub fn write_journal_header\(/, '#[cfg(test)]\n'),
  ],
}

export const GUIDE = [
  after(
    /The next build reads the journal — zero filesystem scanning\./,
    ' What the watcher records while a build runs is kept for the next build, which uses Tier 1 unless the watcher has recorded something since.',
  ),
]

// The places of codegraph's builder at which a build marks the journal, and makes a checkpoint in place of a reset: as edits, for a checkout
// of its source (TypeScript, newer than 3.17.0) and for the published 3.11.2 (JavaScript). README.md shows them.
//
// Each edit says how often it must be found: a codegraph that has changed there stops it.

const BUILDER = 'domain/graph/builder'

/** A call at a build's end. `Date.now()` is what codegraph stamps. */
const RESET = /writeJournalHeader\(((?:[^()]|\([^()]*\))+), Date\.now\(\)\)/g
const CHECKPOINT = 'checkpointJournal($1, ctx.journalPosition, Date.now())'

const MARK = (dir) => `$&

    // What comes after this is the next build's. A scoped build reads no journal, and drops nothing.
    if (!ctx.opts.scope) ctx.journalPosition = markJournal(${dir});`

/** `dir` is the expression for what the journal's functions take first. */
export const builder = ({ dir }) => [
  {
    file: `${BUILDER}/context`,
    edits: [[/^( +)earlyExit(: boolean)? = false;$/m, (line, indent) => `${line}\n${indent}journalPosition = '';`, 1]],
  },
  {
    file: `${BUILDER}/pipeline`,
    edits: [
      [/import \{ writeJournalHeader \}/, 'import { checkpointJournal, markJournal }', 1],
      [/^ +setupPipeline\(ctx\);$/m, MARK(dir), 1],
      [RESET, CHECKPOINT, 1],
    ],
  },
  {
    file: `${BUILDER}/stages/detect-changes`,
    edits: [
      [/import \{ readJournal, writeJournalHeader \}/, 'import { checkpointJournal, readJournal }', 1],
      [RESET, CHECKPOINT, 2],
    ],
  },
  {
    file: `${BUILDER}/stages/finalize`,
    edits: [
      [/import \{ writeJournalHeader \}/, 'import { checkpointJournal }', 1],
      [RESET, CHECKPOINT, 1],
    ],
  },
]

const ENGINE_MARK = `$&

    // What comes after this is the next build's. A scoped build reads no journal, and drops nothing.
    let journal_position = match opts.scope {
        None => journal::mark_journal(journal_dir),
        Some(_) => journal::Position::START,
    };`

/** The engine's own pipeline. */
export const engine = [
  {
    file: 'domain/graph/builder/pipeline.rs',
    edits: [
      [/^ +timing\.setup_ms = t0\.elapsed\(\).*;$/m, ENGINE_MARK, 1],
      [
        /journal::write_journal_header\(journal_dir, now_ms\(\)\)/g,
        'journal::checkpoint_journal(journal_dir, journal_position, now_ms())',
        2,
      ],
      [/(fn early_exit_result\([^)]*?journal_dir: &str,\n)( +)/, '$1$2journal_position: journal::Position,\n$2', 1],
      [/(return Ok\(early_exit_result\([^;]*?journal_dir,\n)( +)/, '$1$2journal_position,\n$2', 1],
      [
        /fn finalize_build\(conn: &Connection, root_dir: &str, journal_dir: &str\)/,
        'fn finalize_build(\n    conn: &Connection,\n    root_dir: &str,\n    journal_dir: &str,\n    journal_position: journal::Position,\n)',
        1,
      ],
      [
        /= finalize_build\(conn, root_dir, journal_dir\)/,
        '= finalize_build(conn, root_dir, journal_dir, journal_position)',
        1,
      ],
    ],
  },
]

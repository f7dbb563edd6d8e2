// The second pull request: the watcher says what it could not journal, and no build trusts a journal that lacks a change.

import { after, before, literal, text } from '../edits.mjs'

export const watcher = () => ({
  'domain/graph/journal': [
    [/ +warn\(`Failed to update journal: .*\n((?: .*\n){5})/, '$1      throw err;\n', 1],
    after(
      /^ \* Writes a tmp file then renames.*\n \* journal state intact\./m,
      ` Throws what went wrong: only the caller knows the
 * entries, and has to keep them for a later call.`,
    ),
    after(/(?![^])/, `\n${text('watcher/journal.ts')}`),
  ],
  'domain/graph/watcher': [
    [/import \{ DbError \}/, 'import { DbError, toErrorMessage }', 1],
    [
      /import \{ appendJournalEntriesAndStampHeader \} from '\.\/journal\.js';/,
      "import { appendJournalEntriesAndStampHeader, invalidateJournal, isJournalable } from './journal.js';",
      1,
    ],
    before(/\/\*\* Process a batch of pending file changes/, `${text('watcher/watcher.ts')}\n`),
    [/ {2}journalDir: string,\n/g, '  journal: WatcherJournal,\n', 2],
    [
      /writeJournalAndChangeEvents\(rootDir, journalDir, results\)/,
      'writeJournalAndChangeEvents(rootDir, journal, results)',
      1,
    ],
    [
      / \* files\. `journalDir` \(the database.*\n(?: .*\n){3}/,
      literal(` * files. \`journal\` is the incremental-build journal only — \`rootDir\` is still
 * used as-is for \`appendChangeEvents\`' own NDJSON change-event log, an unrelated
 * feature (\`change-journal.ts\`) that #2426 did not touch.
`),
      1,
    ],
    [
      / +const entries = updates\.map(?:.*\n){4} +try \{\n.*\n.*\n.*Journal write failed.*\n +\}\n/,
      literal(`  journalChanges(
    journal,
    updates.map((r) => ({ file: r.file, deleted: r.deleted || false })),
  );
`),
      1,
    ],
    [/ +\/\*\* The database's actual on-disk path(?:.*\n){3} +dbPath: string;\n/, '  journal: WatcherJournal;\n', 1],
    [
      /^ {4}dbPath,\n( {4}db,)/m,
      '    journal: { dir: path.dirname(dbPath), unwritten: [], lacksChange: false },\n$1',
      1,
    ],
    [/path\.dirname\(ctx\.dbPath\),\n {4}\);/, 'ctx.journal,\n    );', 1],
    [
      /if \(ctx\.pending\.size > 0\) \{\n {6}const entries(?:.*\n){2}.*appendJournalEntriesAndStampHeader.*\n.*\n.*Journal flush on exit.*\n {6}\}\n/,
      literal(`if (ctx.pending.size > 0 || ctx.journal.unwritten.length > 0) {
      journalChanges(ctx.journal, buildFlushEntriesFromPending(ctx.rootDir, ctx.pending));
`),
      1,
    ],
  ],
})

// The files of `integrations/codegraph/` in a codegraph of few lines: codegraph's own journal module with marks and checkpoints, whose positions
// this package takes and gives, and the package in its place. `npm run codegraph` tries all of it in codegraph itself.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect } from 'vitest'
import * as ours from '../index.js'
import { applyToPackage } from '../integrations/codegraph/apply.mjs'
import { originalModule } from '../testkit/original.mjs'
import { HEADER, journalOf, test, writeJournal } from '../testkit/workspace.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))

/** The parts of a published codegraph that the integration touches, in few lines. */
const BUILDER = {
  'context.js': `export class PipelineContext {\n    nativeFirstProxy = false;\n}\n`,
  'pipeline.js': `import { writeJournalHeader } from '../journal.js';\n    setupPipeline(ctx);\n    writeJournalHeader(ctx.rootDir, Date.now());\n`,
  'stages/detect-changes.js': `import { readJournal, writeJournalHeader } from '../../journal.js';\n    writeJournalHeader(rootDir, Date.now());\n    writeJournalHeader(rootDir, Date.now());\n`,
  'stages/finalize.js': `import { writeJournalHeader } from '../../journal.js';\n    // before closeDb / writeJournalHeader / all else\n    // Write journal header after successful build\n    writeJournalHeader(rootDir, Date.now());\n`,
}

/** A codegraph with parts of the integration in `root`. */
function codegraph(root, ...parts) {
  const dist = path.join(root, 'codegraph/dist')
  const put = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(dist, name)), { recursive: true })
    fs.writeFileSync(path.join(dist, name), text)
  }
  put('../package.json', '{ "type": "module" }')
  put('infrastructure/logger.js', `export const debug = () => {}\nexport const warn = (text) => console.error(text)\n`)
  put('shared/errors.js', `export const toErrorMessage = (error) => error.message\n`)
  put('domain/graph/journal.js', fs.readFileSync(originalModule, 'utf8').replace(/^\/\/# sourceMappingURL=.*/m, ''))
  for (const [name, text] of Object.entries(BUILDER)) put(`domain/graph/builder/${name}`, text)
  for (const part of parts) applyToPackage(dist, part)
  return {
    dist,
    journal: path.join(dist, 'domain/graph/journal.js'),
    text: (name) => fs.readFileSync(path.join(dist, 'domain/graph/builder', name), 'utf8'),
  }
}

const withCheckpoints = (root) => import(pathToFileURL(codegraph(root, 'checkpoints').journal))

/** The body of the journal, and its time. */
function contents(root) {
  const [header, ...lines] = fs.readFileSync(journalOf(root), 'utf8').split('\n')
  return { time: Number(header.slice(HEADER.length)), lines: lines.filter(Boolean) }
}

describe("positions of codegraph's own journal module and of this package", () => {
  const both = (theirs) => [
    { marks: theirs, drops: ours },
    { marks: ours, drops: theirs },
  ]

  test('each drops what the other has read, and keeps what came later', async ({ root }) => {
    for (const { marks, drops } of both(await withCheckpoints(root))) {
      ours.writeJournalHeader(root, 1)
      marks.appendJournalEntriesAndStampHeader(root, [{ file: 'read.ts' }, { file: 'gone.ts', deleted: true }], 5)
      const position = marks.markJournal(root)
      expect(position).toMatch(/^[0-9a-f]{16}$/)
      expect(contents(root).lines).toEqual(['read.ts', 'DELETED gone.ts', `# position ${position}`])
      drops.appendJournalEntriesAndStampHeader(root, [{ file: 'later.ts' }], 6)
      drops.checkpointJournal(root, position, 7)
      expect(contents(root).lines).toEqual(['later.ts'])
    }
  })

  test('each keeps the marks of the other, and takes them once they are the oldest', async ({ root }) => {
    for (const { marks, drops } of both(await withCheckpoints(root))) {
      ours.writeJournalHeader(root, 1)
      marks.appendJournalEntriesAndStampHeader(root, [{ file: 'a.ts' }], 5)
      const first = marks.markJournal(root)
      drops.appendJournalEntriesAndStampHeader(root, [{ file: 'b.ts' }], 6)
      const second = drops.markJournal(root)
      marks.appendJournalEntriesAndStampHeader(root, [{ file: 'c.ts' }], 7)
      drops.checkpointJournal(root, first, 8)
      expect(contents(root).lines).toEqual(['b.ts', `# position ${second}`, 'c.ts'])
      marks.checkpointJournal(root, second, 9)
      expect(contents(root).lines).toEqual(['c.ts'])
    }
  })

  test('a mark that the other has dropped drops nothing', async ({ root }) => {
    for (const { marks, drops } of both(await withCheckpoints(root))) {
      ours.writeJournalHeader(root, 1)
      marks.appendJournalEntriesAndStampHeader(root, [{ file: 'a.ts' }], 5)
      const position = marks.markJournal(root)
      ours.writeJournalHeader(root, 6)
      marks.appendJournalEntriesAndStampHeader(root, [{ file: 'b.ts' }], 7)
      drops.checkpointJournal(root, position, 8)
      expect(contents(root).lines).toEqual(['b.ts'])
    }
  })

  test('readers of both see entries only', async ({ root }) => {
    const theirs = await withCheckpoints(root)
    theirs.appendJournalEntriesAndStampHeader(root, [{ file: 'a.ts' }], 5)
    theirs.markJournal(root)
    ours.markJournal(root)
    const found = { valid: true, timestamp: 5, changed: ['a.ts'], removed: [] }
    expect(theirs.readJournal(root)).toEqual(found)
    expect(ours.readJournal(root)).toEqual(found)
  })
})

/** What a program over codegraph's journal module has printed as JSON, and written to stderr. */
function run(root, { journal }, program) {
  const source = `import * as journal from ${JSON.stringify(journal)}\nconst root = ${JSON.stringify(root)}\n${program}`
  const stderr = path.join(root, 'stderr')
  const stdio = ['ignore', 'pipe', fs.openSync(stderr, 'w')]
  const args = ['--input-type=module', '--eval', source]
  const stdout = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio })
  fs.closeSync(stdio[2])
  return { told: JSON.parse(stdout), warned: fs.readFileSync(stderr, 'utf8') }
}

const SESSION = `
  journal.appendJournalEntriesAndStampHeader(root, [{ file: 'a' }], 5)
  const position = journal.markJournal(root)
  journal.appendJournalEntriesAndStampHeader(root, [{ file: 'b' }], 6)
  journal.checkpointJournal(root, position, 7)
  const kept = journal.readJournal(root)
  journal.appendJournalEntriesAndStampHeader(root, [{ file: 'c' }], 8)
  const stamped = journal.readJournal(root)
  journal.checkpointJournal(root, journal.markJournal(root), 9)
  console.log(JSON.stringify([kept, stamped, journal.readJournal(root)]))`

describe.for([
  ["codegraph's own lock", []],
  ['the package', ['package']],
])('a build and a watcher, with %s', ([, parts]) => {
  function integrated(root) {
    const made = codegraph(root, 'checkpoints', ...parts)
    fs.mkdirSync(path.join(root, 'codegraph/node_modules'))
    fs.symlinkSync(home, path.join(root, 'codegraph/node_modules/codegraph-journal'), 'junction')
    return made
  }

  test('what came meanwhile is kept, and is no proof of a watcher', ({ root }) => {
    const { told, warned } = run(root, integrated(root), SESSION)
    expect(told).toEqual([
      { valid: false },
      { valid: true, timestamp: 8, changed: ['b', 'c'], removed: [] },
      { valid: true, timestamp: 9, changed: [], removed: [] },
    ])
    expect(warned).toBe('')
  })

  test('a build that has no mark keeps all', ({ root }) => {
    writeJournal(root, `${HEADER}5\na\n`)
    run(root, integrated(root), `journal.checkpointJournal(root, null, 6); console.log(0)`)
    expect(contents(root)).toEqual({ time: 0, lines: ['a'] })
  })

  test('a name behind blanks is an entry, as for readers', ({ root }) => {
    writeJournal(root, `${HEADER}5\n  a\n`)
    run(root, integrated(root), `journal.checkpointJournal(root, null, 6); console.log(0)`)
    expect(contents(root)).toEqual({ time: 0, lines: ['  a'] })
  })

  test('a build warns, and does not fail', ({ root }) => {
    fs.mkdirSync(journalOf(root), { recursive: true })
    const program = `journal.markJournal(root); journal.checkpointJournal(root, 'fedcba9876543210', 5); console.log(0)`
    expect(run(root, integrated(root), program).warned).toMatch(/Failed to write journal header: .*\n/)
  })
})

test('the package is what writes, where it can be loaded', ({ root }) => {
  const made = codegraph(root, 'checkpoints', 'package')
  fs.mkdirSync(path.join(root, 'codegraph/node_modules/codegraph-journal'), { recursive: true })
  const stub = `
    const called = []
    const tell = (name) => (...args) => { called.push(name); return '' }
    module.exports = {
      JOURNAL_FILENAME: 'changes.journal', called,
      setWarningHandler() {},
      appendJournalEntriesAndStampHeader: tell('append'), markJournal: tell('mark'), checkpointJournal: tell('checkpoint'),
    }`
  fs.writeFileSync(path.join(root, 'codegraph/node_modules/codegraph-journal/index.js'), stub)
  writeJournal(root, `${HEADER}5\na\n`)
  const program = `
    import { createRequire } from 'node:module'
    journal.appendJournalEntriesAndStampHeader(root, [], 5)
    const mark = journal.markJournal(root)
    journal.checkpointJournal(root, 'fedcba9876543210', 5)
    const { called } = createRequire(${JSON.stringify(made.journal)})('codegraph-journal')
    console.log(JSON.stringify([mark, called]))`
  expect(run(root, made, program).told).toEqual([null, ['append', 'mark', 'checkpoint']])
})

describe('the places of the builder', () => {
  test('mark and checkpoint in place of a reset', ({ root }) => {
    const { text } = codegraph(root, 'checkpoints')
    expect(text('context.js')).toContain(`    journalPosition = null;`)
    expect(text('pipeline.js')).toContain('ctx.journalPosition = markJournal(ctx.rootDir);')
    for (const name of ['pipeline.js', 'stages/detect-changes.js', 'stages/finalize.js']) {
      expect(text(name)).not.toContain('writeJournalHeader')
      expect(text(name)).toMatch(/checkpointJournal\((ctx\.)?rootDir, ctx\.journalPosition, Date\.now\(\)\)/)
    }
  })

  test('a codegraph that has changed there is reported, not patched by halves', ({ root }) => {
    const { dist, text } = codegraph(root)
    const oneMore = 'writeJournalHeader(rootDir, Date.now());\n'
    fs.appendFileSync(path.join(dist, 'domain/graph/builder/stages/finalize.js'), oneMore)
    expect(() => applyToPackage(dist, 'checkpoints')).toThrow(/is there 2 times, not 1: codegraph has changed here/)
    expect(text('context.js')).toBe(BUILDER['context.js'])
  })
})

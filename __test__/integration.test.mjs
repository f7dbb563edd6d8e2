// The files of `integrations/codegraph/` that a maintainer would paste, compiled and loaded as codegraph has them: with the package, without
// it, and with today's module to fall back on. `npm run codegraph` tries them in codegraph itself.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { applyJournal } from '../integrations/codegraph/apply.mjs'
import { originalModule } from '../testkit/original.mjs'
import { HEADER, journalOf, test, writeJournal } from '../testkit/workspace.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))

/** The parts of a published codegraph that the integration touches, in few lines. */
const BUILDER = {
  'context.js': `export class PipelineContext {\n    earlyExit = false;\n}\n`,
  'pipeline.js': `import { writeJournalHeader } from '../journal.js';\n    setupPipeline(ctx);\n    writeJournalHeader(ctx.rootDir, Date.now());\n`,
  'stages/detect-changes.js': `import { readJournal, writeJournalHeader } from '../../journal.js';\n    writeJournalHeader(rootDir, Date.now());\n    writeJournalHeader(rootDir, Date.now());\n`,
  'stages/finalize.js': `import { writeJournalHeader } from '../../journal.js';\n    writeJournalHeader(rootDir, Date.now());\n`,
}

/** A codegraph with the integration in `root`. The functions return what a program has told as JSON. */
function codegraph(root, { withPackage, ...options }) {
  const dist = path.join(root, 'codegraph/dist')
  const put = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(dist, name)), { recursive: true })
    fs.writeFileSync(path.join(dist, name), text)
  }
  put('../package.json', '{ "type": "module" }')
  put('infrastructure/logger.js', `export const debug = () => {}\nexport const warn = (text) => console.error(text)\n`)
  put('domain/graph/journal.js', fs.readFileSync(originalModule, 'utf8'))
  for (const [name, text] of Object.entries(BUILDER)) put(`domain/graph/builder/${name}`, text)
  applyJournal(dist, options)
  if (withPackage) {
    fs.mkdirSync(path.join(root, 'codegraph/node_modules'))
    fs.symlinkSync(home, path.join(root, 'codegraph/node_modules/codegraph-journal'), 'junction')
  }
  const journal = JSON.stringify(path.join(dist, 'domain/graph/journal.js'))
  const run = (program) => {
    const source = `import * as journal from ${journal}\nconst root = ${JSON.stringify(root)}\n${program}`
    const args = ['--input-type=module', '--eval', `${source}`]
    const stderr = path.join(root, 'stderr')
    const stdio = ['ignore', 'pipe', fs.openSync(stderr, 'w')]
    const stdout = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio })
    fs.closeSync(stdio[2])
    return { told: JSON.parse(stdout), warned: fs.readFileSync(stderr, 'utf8') }
  }
  return { run, text: (name) => fs.readFileSync(path.join(dist, 'domain/graph/builder', name), 'utf8') }
}

const SESSION = `
  journal.appendJournalEntriesAndStampHeader(root, [{ file: 'a' }], 5)
  const position = journal.markJournal(root)
  journal.appendJournalEntries(root, [{ file: 'b' }])
  const fitted = journal.checkpointJournal(root, position, 6)
  console.log(JSON.stringify([fitted, journal.readJournal(root), journal.JOURNAL_FILENAME]))`

describe('the journal of the integration', () => {
  test('with the package: checkpoints keep what came meanwhile', ({ root }) => {
    const { told, warned } = codegraph(root, { withPackage: true }).run(SESSION)
    expect(told).toEqual([true, { valid: true, timestamp: 6, changed: ['b'], removed: [] }, 'changes.journal'])
    expect(warned).toBe('')
  })

  test("with the package: warnings go to codegraph's logger", ({ root }) => {
    fs.mkdirSync(journalOf(root), { recursive: true })
    const { run } = codegraph(root, { withPackage: true })
    const { told, warned } = run(`console.log(journal.checkpointJournal(root, '', 5))`)
    expect(told).toBe(false)
    expect(warned).toMatch(/^Failed to write journal header: .*\n$/)
  })

  test('without it: no journal, and no error', ({ root }) => {
    writeJournal(root, `${HEADER}5\na\n`)
    const { told, warned } = codegraph(root, { withPackage: false }).run(SESSION)
    expect(told).toEqual([false, { valid: false }, 'changes.journal'])
    expect(warned).toBe('')
    expect(fs.readFileSync(journalOf(root), 'utf8')).toBe(`${HEADER}5\na\n`)
  })

  test("without it, with the fallback: today's module", ({ root }) => {
    const { told, warned } = codegraph(root, { withPackage: false, jsFallback: true }).run(SESSION)
    expect(told).toEqual([false, { valid: true, timestamp: 6, changed: [], removed: [] }, 'changes.journal'])
    expect(warned).toBe('')
  })

  test('with both: the package', ({ root }) => {
    const { told } = codegraph(root, { withPackage: true, jsFallback: true }).run(SESSION)
    expect(told[0]).toBe(true)
  })

  test('the places of the builder', ({ root }) => {
    const { text } = codegraph(root, { withPackage: true })
    expect(text('context.js')).toContain(`    journalPosition = '';`)
    expect(text('pipeline.js')).toContain('ctx.journalPosition = markJournal(ctx.rootDir);')
    for (const name of ['pipeline.js', 'stages/detect-changes.js', 'stages/finalize.js']) {
      expect(text(name)).not.toContain('writeJournalHeader')
      expect(text(name)).toMatch(/checkpointJournal\((ctx\.)?rootDir, ctx\.journalPosition, Date\.now\(\)\)/)
    }
  })

  test('the lock only: the builder stays as it is', ({ root }) => {
    const { text } = codegraph(root, { withPackage: true, lockOnly: true })
    for (const [name, before] of Object.entries(BUILDER)) expect(text(name)).toBe(before)
  })

  test("the lock first, then checkpoints: the fallback is still today's module", ({ root }) => {
    codegraph(root, { withPackage: false, lockOnly: true, jsFallback: true })
    const dist = path.join(root, 'codegraph/dist')
    applyJournal(dist, { jsFallback: true })
    const kept = fs.readFileSync(path.join(dist, 'domain/graph/journal-js.js'), 'utf8')
    expect(kept).toBe(fs.readFileSync(originalModule, 'utf8'))
  })

  test('a codegraph that has changed there is told, not patched by halves', ({ root }) => {
    const { text } = codegraph(root, { withPackage: true, lockOnly: true })
    const dist = path.join(root, 'codegraph/dist')
    const oneMore = 'writeJournalHeader(rootDir, Date.now());\n'
    fs.appendFileSync(path.join(dist, 'domain/graph/builder/stages/finalize.js'), oneMore)
    expect(() => applyJournal(dist)).toThrow(/is there 2 times, not 1: codegraph has changed here/)
    expect(text('context.js')).toBe(BUILDER['context.js'])
  })
})

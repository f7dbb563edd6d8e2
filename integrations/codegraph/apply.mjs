// Applies the integration to codegraph: to a checkout of its source, or to the JavaScript of a published package.
//
//   node integrations/codegraph/apply.mjs DIR [--lock-only] [--js-fallback] [--engine]
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import ts from 'typescript'
import { builder, engine } from './places.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const home = here('../..')

/** codegraph's test of checkpoints, in a checkout. */
export const TEST = 'tests/integration/journal-checkpoints.test.ts'

/**
 * All that changes in a checkout of codegraph's source. Returns the files that are written: none, if a place is not as it was.
 *
 * @param options those of `applyJournal`, and `engine`: the Rust engine's part, too
 */
export function applyToCheckout(checkout, { engine: withEngine = false, ...options } = {}) {
  const files = [...journalFiles(path.join(checkout, 'src'), options), manifest(checkout)]
  if (!options.lockOnly) files.push([path.join(checkout, TEST), read(here('checkpoints/stale.test.ts'))])
  if (withEngine) files.push(...engineFiles(checkout))
  return write(files)
}

/**
 * The journal module, and the builder's places unless it is to be the lock only. Returns the files that are written.
 *
 * @param root where `domain/` is: `src` of a checkout, `dist` of a package
 * @param options `lockOnly`: builds reset the journal, as today. `jsFallback`: the JavaScript module stays, for platforms without a binary.
 */
export function applyJournal(root, options) {
  return write(journalFiles(root, options))
}

// What is to be written: pairs of a file and its text. Nothing is written before all of them are known.

function journalFiles(root, { lockOnly = false, jsFallback = false } = {}) {
  const isSource = fs.existsSync(path.join(root, 'domain/graph/journal.ts'))
  const extension = isSource ? '.ts' : '.js'
  const byDir = read(path.join(root, `domain/graph/builder/pipeline${extension}`)).includes(
    'writeJournalHeader(path.dirname(',
  )
  const journal = path.join(root, 'domain/graph/journal')
  const ours = (target, source) => {
    const text = read(here(source)).replaceAll("'codegraph-journal/dir'", byDir ? '$&' : "'codegraph-journal'")
    return [target + extension, isSource ? text : javascript(text)]
  }

  const files = []
  // After `--lock-only` today's module has its new name already.
  const today = `${journal}-js${extension}`
  if (jsFallback && !fs.existsSync(today)) files.push([today, read(journal + extension)])
  files.push(ours(`${journal}-native`, 'lock/journal-native.ts'))
  files.push(ours(journal, jsFallback ? 'lock/journal-with-fallback.ts' : 'lock/journal.ts'))
  if (!lockOnly) {
    const dir = byDir ? 'path.dirname(ctx.dbPath)' : 'ctx.rootDir'
    for (const { file, edits } of builder({ dir })) files.push(edited(path.join(root, file + extension), edits))
  }
  return files
}

function manifest(checkout) {
  const file = path.join(checkout, 'package.json')
  const { version } = JSON.parse(read(path.join(home, 'package.json')))
  const theirs = JSON.parse(read(file))
  theirs.optionalDependencies['codegraph-journal'] = version
  return [file, `${JSON.stringify(theirs, null, 2)}\n`]
}

/** The engine's journal and its places, over the crate in `core/`. */
function engineFiles(checkout) {
  const crate = path.join(checkout, 'crates/codegraph-core')
  const source = path.join(crate, 'src')
  const dependency = `codegraph-journal = { path = ${JSON.stringify(path.join(home, 'core'))} }\n`
  return [
    [path.join(source, 'domain/graph/journal.rs'), read(here('engine/journal.rs'))],
    ...engine.map(({ file, edits }) => edited(path.join(source, file), edits)),
    edited(path.join(crate, 'Cargo.toml'), [[/^\[dependencies\]\n/m, `$&${dependency}`, 1]]),
  ]
}

function edited(file, edits) {
  let text = read(file)
  for (const [find, replacement, times] of edits) {
    const found = text.match(new RegExp(find, find.flags.includes('g') ? find.flags : `${find.flags}g`))?.length ?? 0
    if (found !== times)
      throw new Error(`${file}: ${find} is there ${found} times, not ${times}: codegraph has changed here`)
    text = text.replace(find, replacement)
  }
  return [file, text]
}

function write(files) {
  for (const [file, text] of files) fs.writeFileSync(file, text)
  return files.map(([file]) => file)
}

function read(file) {
  return fs.readFileSync(file, 'utf8')
}

function javascript(text) {
  const { ModuleKind, ScriptTarget } = ts
  const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022, verbatimModuleSyntax: true }
  return ts.transpileModule(text, { compilerOptions }).outputText
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'lock-only': { type: 'boolean' },
      'js-fallback': { type: 'boolean' },
      engine: { type: 'boolean' },
    },
  })
  const [checkout] = positionals
  if (!checkout) throw new Error('usage: apply.mjs DIR [--lock-only] [--js-fallback] [--engine]')
  const { 'lock-only': lockOnly, 'js-fallback': jsFallback, engine } = values
  const written = applyToCheckout(checkout, { lockOnly, jsFallback, engine })
  for (const file of written) console.log(path.relative(checkout, file))
}

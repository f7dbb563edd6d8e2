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

/**
 * The journal module, and the builder's places unless it is to be the lock only. Returns the files that are written.
 *
 * @param root where `domain/` is: `src` of a checkout, `dist` of a package
 * @param options `lockOnly`: builds reset the journal, as today. `jsFallback`: the JavaScript module stays, for platforms without a binary.
 */
export function applyJournal(root, { lockOnly = false, jsFallback = false } = {}) {
  const isSource = fs.existsSync(path.join(root, 'domain/graph/journal.ts'))
  const extension = isSource ? '.ts' : '.js'
  const pipeline = fs.readFileSync(path.join(root, `domain/graph/builder/pipeline${extension}`), 'utf8')
  const byDir = pipeline.includes('writeJournalHeader(path.dirname(')
  const journal = path.join(root, 'domain/graph/journal')
  const written = []

  if (jsFallback) fs.renameSync(journal + extension, `${journal}-js${extension}`)
  put(`${journal}-native`, here('lock/journal-native.ts'))
  put(journal, here(jsFallback ? 'lock/journal-with-fallback.ts' : 'lock/journal.ts'))
  if (!lockOnly) {
    const dir = byDir ? 'path.dirname(ctx.dbPath)' : 'ctx.rootDir'
    for (const { file, edits } of builder({ dir })) written.push(edit(path.join(root, file + extension), edits))
  }
  return written

  function put(target, source) {
    const text = fs
      .readFileSync(source, 'utf8')
      .replaceAll("'codegraph-journal/dir'", byDir ? '$&' : "'codegraph-journal'")
    fs.writeFileSync(target + extension, isSource ? text : javascript(text))
    written.push(target + extension)
  }
}

/** The engine's journal and its places, over the crate in `core/`. */
export function applyEngine(checkout) {
  const crate = path.join(checkout, 'crates/codegraph-core')
  const source = path.join(crate, 'src')
  fs.copyFileSync(here('engine/journal.rs'), path.join(source, 'domain/graph/journal.rs'))
  const written = engine.map(({ file, edits }) => edit(path.join(source, file), edits))
  const dependency = `codegraph-journal = { path = ${JSON.stringify(path.join(home, 'core'))} }\n`
  written.push(edit(path.join(crate, 'Cargo.toml'), [[/^\[dependencies\]\n/m, `$&${dependency}`, 1]]))
  return written
}

function edit(file, edits) {
  let text = fs.readFileSync(file, 'utf8')
  for (const [find, replacement, times] of edits) {
    const found = text.match(new RegExp(find, find.flags.includes('g') ? find.flags : `${find.flags}g`))?.length ?? 0
    if (found !== times)
      throw new Error(`${file}: ${find} is there ${found} times, not ${times}: codegraph has changed here`)
    text = text.replace(find, replacement)
  }
  fs.writeFileSync(file, text)
  return file
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
  const options = { lockOnly: values['lock-only'], jsFallback: values['js-fallback'] }
  const written = applyJournal(path.join(checkout, 'src'), options)
  if (values.engine) written.push(...applyEngine(checkout))
  for (const file of written) console.log(path.relative(checkout, file))
}

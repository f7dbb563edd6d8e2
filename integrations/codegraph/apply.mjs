// Applies parts of the integration to codegraph: to a checkout of its source, or to the JavaScript of a published package.
//
//   node integrations/codegraph/apply.mjs DIR PART ...
//
// The parts are pull requests: `checkpoints`, `watcher`, and then `engine` or `package`. Each needs those before it, from the same call or from
// an earlier one. So a call for each, and a commit between them, gives the commits.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { checkpoints, engineWithoutJournal, GUIDE } from './checkpoints/edits.mjs'
import { edited, javascript, text } from './edits.mjs'
import { engine, engineOwnLockOnly, engineWithLock, packaged, packageOwnLockOnly } from './engine/edits.mjs'
import { watcher } from './watcher/edits.mjs'

const CRATE = 'crates/codegraph-core'
const home = fileURLToPath(new URL('../..', import.meta.url))

/** What each part comes to in a checkout: edits of files by their names, and tests that are new. */
const PARTS = {
  checkpoints: {
    edits: () => ({
      ...inFolder('src', '.ts', checkpoints({ isSource: true, code: (source) => source })),
      ...inFolder(`${CRATE}/src`, '', engineWithoutJournal),
      'docs/guides/incremental-builds.md': GUIDE,
    }),
    files: {
      'tests/unit/journal-checkpoint.test.ts': 'checkpoints/journal-checkpoint.test.ts',
      'tests/integration/journal-during-build.test.ts': 'checkpoints/journal-during-build.test.ts',
    },
  },
  watcher: {
    edits: () => inFolder('src', '.ts', watcher()),
    files: { 'tests/integration/watcher-journal.test.ts': 'watcher/watcher-journal.test.ts' },
  },
  engine: {
    edits: () => ({
      ...inFolder('src', '.ts', engine()),
      ...inFolder(CRATE, '', engineWithLock({ dependency: `{ path = ${JSON.stringify(path.join(home, 'core'))} }` })),
      'tests/unit/journal-checkpoint.test.ts': engineOwnLockOnly,
    }),
    files: { 'tests/unit/journal-native.test.ts': 'engine/journal-native.test.ts' },
  },
  package: {
    edits: () => ({
      ...inFolder('src', '.ts', packaged()),
      'tests/unit/journal-checkpoint.test.ts': packageOwnLockOnly,
    }),
    files: { 'src/infrastructure/native-journal.ts': 'package/native-journal.ts' },
    dependency: true,
  },
}

/** Applies one part to a checkout. Returns the files that are written: none, if a place is not as it was. */
export function applyToCheckout(checkout, name) {
  if (!Object.hasOwn(PARTS, name)) throw new Error(`${name} is none of ${Object.keys(PARTS).join(', ')}`)
  const { edits, files, dependency } = PARTS[name]
  const texts = [
    ...Object.entries(edits()).map(([file, list]) => editedFile(path.join(checkout, file), list)),
    ...Object.entries(files).map(([file, source]) => [path.join(checkout, file), text(source)]),
  ]
  if (dependency) texts.push(manifest(checkout))
  return write(texts)
}

/** Applies a part to the JavaScript of a published package, in `dist`. Its journal takes the project's root. */
export function applyToPackage(dist, name) {
  const code = (source) =>
    javascript(source)
      .replaceAll('path.join(journalDir, ', "path.join(journalDir, '.codegraph', ")
      .replaceAll("'codegraph-journal/dir'", "'codegraph-journal'")
  const edits = { checkpoints: () => checkpoints({ isSource: false, code }), package: packaged }[name]()
  const texts = Object.entries(edits).map(([file, list]) => editedFile(path.join(dist, `${file}.js`), list))
  if (name === 'package')
    texts.push([path.join(dist, 'infrastructure/native-journal.js'), code(text('package/native-journal.ts'))])
  return write(texts)
}

const inFolder = (folder, extension, edits) =>
  Object.fromEntries(Object.entries(edits).map(([file, list]) => [`${folder}/${file}${extension}`, list]))

// What is to be written: pairs of a file and its text. Nothing is written before all of them are known.

function editedFile(file, edits) {
  return [file, edited(file, fs.readFileSync(file, 'utf8'), edits)]
}

function manifest(checkout) {
  const file = path.join(checkout, 'package.json')
  const { version } = JSON.parse(fs.readFileSync(path.join(home, 'package.json'), 'utf8'))
  const theirs = JSON.parse(fs.readFileSync(file, 'utf8'))
  theirs.optionalDependencies['codegraph-journal'] = version
  return [file, `${JSON.stringify(theirs, null, 2)}\n`]
}

function write(texts) {
  for (const [file, content] of texts) fs.writeFileSync(file, content)
  return texts.map(([file]) => file)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [checkout, ...parts] = process.argv.slice(2)
  if (parts.length === 0) throw new Error(`usage: apply.mjs DIR PART ..., of ${Object.keys(PARTS).join(', ')}`)
  for (const part of parts)
    for (const file of applyToCheckout(checkout, part)) console.log(`${part}: ${path.relative(checkout, file)}`)
}

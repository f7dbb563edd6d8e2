// `npm run codegraph`: codegraph 3.11.2, as published, with parts of this integration in its place; README.md has the tables that this prints.
//
//   npm run codegraph -- --short         one round each, on a small tree, and two storms
//   npm run codegraph -- --rounds N      so many rounds each, in place of 10
//   npm run codegraph -- --json FILE     the figures, as JSON
//   npm run codegraph -- --locks         the second table only: the lock, in storms and in codegraph's own processes
//   npm run codegraph -- --source DIR    the pull requests, applied to copies of a checkout of codegraph's newest source (with its
//                                        node_modules), under codegraph's own tests of the journal, the watcher and the builder
//   npm run codegraph -- --source DIR --engine   and with the engine of each copy, built by cargo, and the rounds over it
//
// The status is not 0 if a checkpoint of JavaScript's builder has dropped an entry, or left a graph stale.
import { setMaxListeners } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { CACHE, CODEGRAPH, fetchCodegraph } from '../../examples/demo/fetch.mjs'
import { openLog, say } from '../../examples/demo/output.mjs'
import { setup as fetchOriginal } from '../../testkit/original.mjs'
import { failures } from './failures.mjs'
import { processes, storm, waiter } from './locks.mjs'
import { record } from './locks/recorder.mjs'
import { Trial } from './scenarios.mjs'
import { testSource } from './source.mjs'
import { makeVariant, VARIANTS } from './variants.mjs'

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    json: { type: 'string' },
    source: { type: 'string' },
    engine: { type: 'boolean', default: false },
    locks: { type: 'boolean', default: false },
  },
})
const rounds = Number(options.rounds ?? (options.short ? 1 : 10))
if (!(Number.isSafeInteger(rounds) && rounds > 0)) throw new TypeError(`--rounds wants a number, not ${options.rounds}`)
const copies = options.short ? 1 : 2
const ENGINES = { wasm: 'JavaScript and WASM', native: 'Rust engine' }

/** The copies of the source over which the rounds are played. */
const COMPARED = ['plain', 'checkpoints', 'engine']

const STORMS = options.short ? [2, 8] : [2, 4, 8, 16]
const PROCESSES = [
  { watchers: 1, builders: 1 },
  { watchers: 2, builders: 1 },
  { watchers: 3, builders: 2 },
].slice(0, options.short ? 1 : undefined)

const figures = {}
const stop = new AbortController()
setMaxListeners(0, stop.signal) // one for each process of a storm
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(name, () => {
    process.exitCode = 128 + os.constants.signals[name]
    stop.abort(new Error(`ended by ${name}`))
  })

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-integration-'))
try {
  openLog(path.join(CACHE, 'integration.log'))
  fetchOriginal()
  const fetched = await fetchCodegraph({ signal: stop.signal })
  if (options.source) await compareSource(fetched)
  else {
    if (!options.locks) await comparePublished(fetched)
    await compareLocks(fetched)
  }
} catch (error) {
  process.exitCode ||= 1
  say.bad('failed', (stop.signal.aborted ? stop.signal.reason : error).message)
} finally {
  fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 10 })
}

async function comparePublished(fetched) {
  const results = []
  for (const [name, { title }] of Object.entries(VARIANTS)) {
    const cli = makeVariant(name, fetched.codegraph, path.join(CACHE, 'codegraph-demo/variants'))
    const journal = await journalOf(cli)
    const sqlite = path.join(CACHE, 'codegraph-demo/node_modules/better-sqlite3')
    for (const engine of fetched.engines)
      results.push(await tryOne({ ...fetched, name, title, engine, cli, journal, sqlite }))
  }
  report(`codegraph ${CODEGRAPH}`, results)
  const kept = results.filter(({ name, engine }) => name !== 'published' && engine === 'wasm')
  if (kept.some(isWorse)) throw new Error('a checkpoint has dropped what no build had read')
}

/** Today's module, which has no checkpoints, then codegraph's own lock and the package's, both with checkpoints. */
async function compareLocks({ node, tree, codegraph }) {
  const env = { CODEGRAPH_REGISTRY_PATH: path.join(scratch, 'registry.json') }
  const rows = []
  for (const [name, { title }] of Object.entries(VARIANTS)) {
    const place = (what) => path.join(scratch, `${name} ${what}`, 'root')
    const cli = makeVariant(name, codegraph, path.join(CACHE, 'codegraph-demo/variants'))
    const dist = path.dirname(cli)
    const module = path.join(dist, 'domain/graph/journal.js')
    const sqlite = path.join(CACHE, 'codegraph-demo/node_modules/better-sqlite3')
    const common = { node, cli, sqlite, tree, module, env, signal: stop.signal }
    const add = async (what, measured) => {
      const done = say.step('locks', `${title}: ${what} …`)
      const row = { name, title, what, ...(await measured) }
      rows.push(row)
      done(row.core === undefined ? `${row.lost} of ${row.acknowledged} lost, ${row.torn} torn` : `${row.core}`)
    }
    await add('a waiter', waiter({ ...common, root: place('waiter') }))
    for (const writers of STORMS) {
      const builds = name === 'published' ? 0 : 1
      const what = `storm of ${writers}`
      await add(what, storm({ ...common, root: place(what), writers, builds, seconds: options.short ? 3 : 5 }))
    }
    record(dist)
    for (const { watchers, builders } of PROCESSES) {
      const what = `${watchers} \`watch\`, ${builders} \`build\``
      const root = place(`${watchers} ${builders}`)
      await add(what, processes({ ...common, root, watchers, builders, seconds: options.short ? 5 : 40 }))
    }
  }
  reportLocks(rows)
  if (rows.some(({ name, lost, torn }) => name === 'package' && lost + torn > 0))
    throw new Error('the native lock has lost or torn an entry')
}

function reportLocks(rows) {
  const count = (part, whole) => (whole === undefined ? '' : `${part} of ${whole}`)
  const line = ({ what, title, writes, acknowledged, lost, torn, edits, stale, failed, waited, longestMs, core }) => {
    const cells =
      core === undefined
        ? [writes, count(lost, acknowledged), torn, count(stale, edits), waited, failed, `${Math.round(longestMs)} ms`]
        : [`${(100 * core).toFixed(0)} % of a core`]
    return `| ${[what, title, ...cells].join(' | ')} |`
  }
  const heads = [
    'who writes',
    'with',
    'writes',
    'entries lost',
    'torn',
    'edits not in the graph',
    'over 20 ms',
    'timed out',
  ]
  console.log(`\n| ${heads.join(' | ')} | longest |\n|${'---|'.repeat(9)}\n${rows.map(line).join('\n')}\n`)
  keep({ locks: rows })
}

/** The journal of a codegraph, as its watcher calls it. */
function journalOf(cli) {
  return import(pathToFileURL(path.join(path.dirname(cli), 'domain/graph/journal.js')).href)
}

async function compareSource(fetched) {
  const checkout = path.resolve(options.source)
  const copies = await testSource(checkout, { ...fetched, scratch, withEngine: options.engine, signal: stop.signal })
  await compareFailures(copies, fetched)
  if (!options.engine) return
  const sqlite = path.join(checkout, 'node_modules/better-sqlite3')
  const results = []
  for (const { name, title, copy } of copies.filter(({ name }) => COMPARED.includes(name))) {
    const cli = path.join(copy, 'dist/cli.js')
    const journal = byRoot(await journalOf(cli))
    for (const engine of fetched.engines)
      results.push(await tryOne({ ...fetched, name, title, journal, engine, cli, sqlite }))
  }
  report("codegraph's source", results)
  if (results.some((result) => result.name !== 'plain' && isWorse(result)))
    throw new Error('a checkpoint has dropped what no build had read')
}

/** What the watcher says of a change that it can't journal, and whether builds trust the journal then. */
async function compareFailures(copies, { node }) {
  const env = { CODEGRAPH_REGISTRY_PATH: path.join(scratch, 'registry.json') }
  const worse = []
  for (const { name, title, parts, copy } of copies) {
    const done = say.step('failures', `${title}: a change that the watcher can't journal …`)
    const cli = path.join(copy, 'dist/cli.js')
    const seen = await failures({ node, cli, root: path.join(scratch, `${name} failures`), env, signal: stop.signal })
    done(
      Object.entries(seen)
        .map(([what, isSo]) => `${what}: ${isSo}`)
        .join(', '),
    )
    const { reported, madeUpFor, nameReported, trusted, nameTrusted } = seen
    const isRight = reported && madeUpFor && nameReported && !trusted && !nameTrusted
    if (parts.includes('watcher') && !isRight) worse.push(title)
  }
  if (worse.length > 0) throw new Error(`a build trusts a journal that lacks a change: ${worse.join(', ')}`)
}

/** The source's journal takes its own directory, the published one the project's root. */
function byRoot({ appendJournalEntriesAndStampHeader: append, readJournal: read }) {
  const dir = (root) => path.join(root, '.codegraph')
  return {
    appendJournalEntriesAndStampHeader: (root, ...rest) => append(dir(root), ...rest),
    readJournal: (root) => read(dir(root)),
  }
}

function keep(part) {
  Object.assign(figures, part)
  if (options.json) fs.writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`)
}

function isWorse({ gone, stale }) {
  return gone + stale > 0
}

async function tryOne({ name, title, engine, node, cli, tree, journal, sqlite }) {
  const done = say.step('try', `${title}, ${ENGINES[engine]}, ${rounds} rounds …`)
  const { appendJournalEntriesAndStampHeader: append, readJournal: read } = journal
  const root = path.join(scratch, `${name}-${engine}`)
  const env = { CODEGRAPH_REGISTRY_PATH: path.join(scratch, 'registry.json') }
  const setup = { node, cli, engine, append, read, sqlite, env, signal: stop.signal }
  const trial = new Trial(setup, tree, root, copies)
  await trial.prepare()
  const sum = { name, title, engine, acknowledged: 0, gone: 0, builds: 0, stale: 0 }
  for (let round = 0; round < rounds; round++)
    for (const part of [await trial.entries(), await trial.stale()])
      for (const [field, count] of Object.entries(part)) sum[field] += count
  fs.rmSync(root, { recursive: true })
  done(`${sum.gone} of ${sum.acknowledged} entries gone, ${sum.stale} of ${sum.builds} graphs stale`)
  return sum
}

function report(what, results) {
  const rows = results.map(
    ({ title, engine, acknowledged, gone, builds, stale }) =>
      `| ${title} | ${ENGINES[engine]} | ${gone} of ${acknowledged} | ${stale} of ${builds} |`,
  )
  console.log(`\n| ${what} | builds by | entries gone | graphs stale |\n|---|---|---|---|\n${rows.join('\n')}\n`)
  keep({ builds: { what, rounds, copies, results } })
}

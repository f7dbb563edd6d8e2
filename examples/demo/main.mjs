// `npm run demo`: codegraph 3.11.2, as published, with our journal module in place of its own, on a
// real source tree that changes all the time. Ends with a table, and a status other than 0 if an
// acknowledged entry was lost. Every event is in a log, whose path is printed.
//
//   npm run demo -- --verbose      the log on the terminal instead
//   npm run demo -- --seed N       the same edits again
//   npm run demo -- --sabotage     drop every seventh entry, to see that the audit notices
//   npm run demo -- --wasm         without codegraph's Rust engine
//   npm run demo -- --checkpoint   a build drops only what it has read: a status other than 0 if anything was dropped unread.
//                                  Without the Rust engine, which rewrites the journal by itself.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { audit } from './audit.mjs'
import { Editor } from './editor.mjs'
import { CACHE, CODEGRAPH, fetchCodegraph, swapJournal, TREE } from './fetch.mjs'
import { look } from './look.mjs'
import { log, openLog, say } from './output.mjs'
import { Records } from './records.mjs'
import { report } from './report.mjs'
import { session } from './session.mjs'

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string' },
    sabotage: { type: 'boolean', default: false },
    checkpoint: { type: 'boolean', default: false },
    wasm: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 32))
if (!Number.isSafeInteger(seed)) throw new TypeError(`--seed wants a whole number, not ${options.seed}`)

const { checkpoint, sabotage, verbose } = options
const logFile = path.join(CACHE, 'demo.log')

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(name, () => {
    process.exitCode = 128 + os.constants.signals[name]
    stop.abort(new Error(`ended by ${name}`))
  })

process.stdout.on('error', (error) => stop.abort(error)) // `| head`: nobody listens any more

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-demo-'))
try {
  const failures = await demo()
  if (failures > 0) process.exitCode = 1
} catch (error) {
  process.exitCode ||= 1
  say.bad('failed', (stop.signal.aborted ? stop.signal.reason : error).message)
} finally {
  stop.abort(new Error('the demo is over'))
  fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 10 })
}

async function demo() {
  if (!verbose) openLog(logFile)
  say.note('demo', `codegraph ${CODEGRAPH} with codegraph-journal in place of its own journal module`)
  if (!verbose) say.note('log', `every event is in ${path.relative(process.cwd(), logFile)}, or here with --verbose`)
  log.note('seed', `the same edits again: npm run demo -- --seed ${seed}`)
  const fetched = await fetchCodegraph({ signal: stop.signal })
  swapJournal(fetched.codegraph)
  const root = path.join(scratch, 'tree')
  const recordsDir = path.join(scratch, 'records')
  fs.mkdirSync(recordsDir)
  fs.cpSync(path.join(fetched.tree, 'src'), path.join(root, 'src'), { recursive: true })
  const editor = new Editor(root, seed)
  say.note(
    'tree',
    `${editor.size} files of ${TREE.name} ${TREE.version} are edited; codegraph watches them and builds, all at once`,
  )
  if (checkpoint)
    log.note('patch', "codegraph's readJournal keeps the position, its writeJournalHeader is a checkpoint there")
  if (sabotage) say.warn('sabotage', 'every seventh entry is dropped on its way to the journal')

  const records = new Records(recordsDir)
  const setup = {
    ...fetched,
    root,
    signal: stop.signal,
    env: {
      DEMO_RECORDS: recordsDir,
      DEMO_SABOTAGE: sabotage ? '1' : '',
      DEMO_CHECKPOINT: checkpoint ? '1' : '',
      CODEGRAPH_REGISTRY_PATH: path.join(scratch, 'registry.json'),
    },
  }
  const engines = options.wasm || checkpoint ? ['wasm'] : fetched.engines
  const plan = engines.flatMap((engine) => Array(10).fill(engine))
  const { builds, clashes, missed, watcher } = await session({ setup, plan, editor, records, stop })

  const resets = records.of('reset').map(({ result, ...reset }) => ({ ...reset, read: result }))
  const reads = records.of('read')
  const appends = records.of('append')
  const looks = [...records.all.flatMap((record) => record.looks ?? []), look(root)]
  looks.sort((a, b) => a.begin - b.begin)
  const rewriting = [...builds, ...clashes].filter(({ unlockedHeader }) => unlockedHeader)
  const rewrites = rewriting.map((build) => rewriteOf(build, reads))
  const verdict = audit({ appends, resets: [...resets, ...rewrites], reads, looks })
  return report({ root, records, builds, clashes, missed, watcher, rewrites, looks, verdict, checkpoint })
}

/** When the Rust engine may have rewritten the journal: after the build's last call of ours. */
function rewriteOf({ pid, begin, end }, reads) {
  const last = reads.findLast((read) => read.pid === pid)
  return { begin: last?.begin ?? begin, end }
}

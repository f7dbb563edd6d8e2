// The closing table, and what must hold for the demo to end with status 0.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { isReusable } from '../../testkit/place.mjs'
import { whyFull } from './codegraph.mjs'
import { log, say } from './output.mjs'

const project = fs.realpathSync(fileURLToPath(new URL('../..', import.meta.url)))

/** So many failures are shown; the log has all. */
const MOST_SHOWN = 3

/** Prints failures and the table; returns how many failures there are. */
export function report({ root, records, builds, clashes, missed, watcher, rewrites, looks, verdict, checkpoint }) {
  const appends = records.of('append').filter(({ error }) => !error)
  const entries = appends.flatMap(({ args }) => args[0])
  const deleted = entries.filter((entry) => entry.deleted).length
  const during = appends.filter((append) => builds.some((build) => overlap(append, build))).length
  const fast = builds.filter(({ fastPath }) => fastPath)
  const full = builds.filter(({ fastPath }) => !fastPath)
  const { lost, wiped, unread } = verdict
  const skipped = watcher.skipped().length

  const resets = records.of('reset').length
  log.note('resets', `${resets} under the lock, ${rewrites.length} by codegraph's Rust engine, which takes none`)
  log.note('entries', `${entries.length - deleted} of changed files, ${deleted} of deleted ones`)
  for (const build of full) log.note('full scan', `build ${build.number}: ${whyFull(build)}`)

  const failures = [
    ...lost.map(({ line }) => `lost: ${line}`),
    ...(checkpoint ? unread.map(({ line }) => `dropped unread: ${line}`) : []),
    ...records.all.filter(({ error }) => error).map(({ op, error }) => `${op} failed: ${error}`),
    ...strangers(records, [watcher, ...builds, ...clashes]),
    ...leftovers(root),
  ]
  for (const failure of failures.slice(0, MOST_SHOWN)) say.bad('failed', failure)
  for (const failure of failures.slice(MOST_SHOWN)) log.bad('failed', failure)
  if (failures.length > MOST_SHOWN) say.bad('failed', `${failures.length - MOST_SHOWN} more`)

  const dropped = checkpoint ? 'by a checkpoint' : 'by a reset: codegraph empties the journal then'
  say.table([
    [
      'file changes written to the journal',
      `${entries.length}`,
      `in ${appends.length} calls, ${during} while a build ran`,
    ],
    ['  never written to it', `${missed.length + skipped}`, "codegraph's watcher missed or dropped them"],
    ['builds of the code graph', `${builds.length}`, engines(builds)],
    ['  took the list of files from the journal', `${fast.length}`, 'the fast way'],
    ['  looked at every file', `${full.length}`, [...new Set(full.map(whyFull))].join(', ')],
    ['  had to be tried again', `${clashes.length}`, "codegraph's database was busy"],
    ['changes dropped at the end of a build', `${wiped}`, dropped],
    [
      '  that no build had read',
      `${unread.length}`,
      checkpoint ? 'a checkpoint keeps these' : 'a checkpoint would keep these: --checkpoint',
    ],
    ['changes LOST by the journal', `${lost.length}`, `written, then gone; looked for ${looks.length} times`],
  ])
  if (failures.length === 0) say.good('ok', 'every change that was written stayed until a build dropped it')
  else say.bad('failed', `${failures.length} in all, the first ones above the table`)
  return failures.length
}

const overlap = (a, b) => a.begin < b.end && b.begin < a.end

function engines(builds) {
  const names = [...new Set(builds.map(({ engine }) => engine))]
  return names.map((name) => `${builds.filter(({ engine }) => engine === name).length} by ${ENGINES[name]}`).join(', ')
}

const ENGINES = { native: "codegraph's Rust engine", wasm: 'its JavaScript' }

/** Processes that ran without our binary. */
function strangers(records, processes) {
  const ours = new Set(
    records
      .of('load')
      .filter(({ addons }) => addons.some(isOurs))
      .map(({ pid }) => pid),
  )
  const others = processes.filter(({ pid }) => !ours.has(pid))
  return others.length > 0 ? [`${others.length} of ${processes.length} processes did not load our binary`] : []
}

function isOurs(addon) {
  const { dir, name } = path.parse(fs.realpathSync(addon))
  return name.startsWith('codegraph-journal') && (dir === project || dir.startsWith(project + path.sep))
}

/** A lockfile or a temporary file beside the journal; only the reusable lockfile stays, by design. */
function leftovers(root) {
  const names = fs.readdirSync(path.join(root, '.codegraph'))
  const stray = names.filter((name) => name.startsWith('changes.journal.') && !isReusable(name))
  return stray.map((name) => `left behind: ${name}`)
}

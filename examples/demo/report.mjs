// The closing table, and what must hold for the demo to end with status 0.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { whyFull } from './codegraph.mjs'
import { say } from './output.mjs'

const project = fs.realpathSync(fileURLToPath(new URL('../..', import.meta.url)))

/** Prints the table and every failure; returns how many failures there are. */
export function report({ root, records, builds, clashes, missed, watcher, rewrites, looks, verdict, checkpoint }) {
  const appends = records.of('append').filter(({ error }) => !error)
  const entries = appends.flatMap(({ args }) => args[0])
  const deleted = entries.filter((entry) => entry.deleted).length
  const during = appends.filter((append) => builds.some((build) => overlap(append, build))).length
  const fast = builds.filter(({ fastPath }) => fastPath)
  const full = builds.filter(({ fastPath }) => !fastPath)
  const { lost, wiped, unread } = verdict
  const skipped = watcher.skipped().length

  say.table([
    ['flushes', `${appends.length}`, `${during} of them while a build ran`],
    ['entries', `${entries.length}`, `${entries.length - deleted} changed, ${deleted} deleted`],
    ['builds', `${builds.length}`, engines(builds)],
    ['  by the journal fast path', `${fast.length}`, fast.map(({ number }) => number).join(' ')],
    ['  by a full scan', `${full.length}`, full.map((build) => `${build.number} ${whyFull(build)}`).join(', ')],
    ['  tried again', `${clashes.length}`, "codegraph's database, shared with its watcher, was in the way"],
    [
      'resets',
      `${records.of('reset').length + rewrites.length}`,
      `${rewrites.length} by codegraph's Rust engine, without the lock`,
    ],
    ['entries wiped by resets', `${wiped}`, `every build ends with a ${checkpoint ? 'checkpoint' : 'reset'}`],
    [
      '  unread by any build',
      `${unread.length}`,
      checkpoint
        ? 'each was given out by a readJournal before'
        : "no build's readJournal gave them out: codegraph resets what it has not read",
    ],
    [
      'changes never journaled',
      `${missed.length + skipped}`,
      `${missed.length} not noticed by the watcher, ${skipped} dropped by it when its database was busy`,
    ],
    ['entries lost', `${lost.length}`, `acknowledged, then gone without a reset; ${looks.length} looks at the journal`],
  ])

  const failures = [
    ...lost.map(({ line }) => `lost: ${line}`),
    ...(checkpoint ? unread.map(({ line }) => `dropped unread: ${line}`) : []),
    ...records.all.filter(({ error }) => error).map(({ op, error }) => `${op} failed: ${error}`),
    ...strangers(records, [watcher, ...builds, ...clashes]),
    ...leftovers(root),
  ]
  for (const failure of failures) say.bad('failed', failure)
  if (failures.length === 0) say.good('ok', 'nothing acknowledged was lost')
  return failures.length
}

const overlap = (a, b) => a.begin < b.end && b.begin < a.end

function engines(builds) {
  const names = [...new Set(builds.map(({ engine }) => engine))]
  return names.map((name) => `${builds.filter(({ engine }) => engine === name).length} ${name}`).join(', ')
}

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

/** A lockfile or a temporary file beside the journal; the guard file stays, by design. */
function leftovers(root) {
  const names = fs.readdirSync(path.join(root, '.codegraph'))
  const stray = names.filter((name) => name.startsWith('changes.journal.') && name !== 'changes.journal.guard')
  return stray.map((name) => `left behind: ${name}`)
}

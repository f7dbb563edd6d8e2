// Throughput, latency and CPU by number of writers, all on one journal as fast as they can; what is lost, and who gets how much.

import fs from 'node:fs'
import path from 'node:path'
import { answerOf, endChild, startChild } from '../lib/children.mjs'
import { now } from '../lib/clock.mjs'
import { journalOf, makeJournal } from '../lib/journals.mjs'
import { NAMES, digits, factor, microseconds, table } from '../lib/print.mjs'
import { shuffled } from '../lib/random.mjs'
import { median, quantile, ratios } from '../lib/statistics.mjs'

export const title = 'writers at once'

/** From the order to the first call: all have got it by then. */
const START = 100_000

/** How long it goes, in seconds: with the most writers longer than the lock's timeout of 5 s, so that one who starves times out. */
const seconds = (writers, short) => (short ? Math.ceil(writers / 8) : writers === 16 ? 6 : 2)

export async function measure({ dir, short, random, seen }) {
  const counts = short ? [1, 8, 16] : [1, 2, 4, 8, 16]
  const rounds = short ? 1 : 3
  const groups = counts.map((writers) => ({ writers, runs: { js: [], native: [] } }))
  for (let round = 0; round < rounds; round++) {
    for (const { writers, runs } of shuffled(groups, random)) {
      for (const subject of shuffled(short ? ['native'] : ['js', 'native'], random)) {
        const root = path.join(dir, `${writers}-${subject}-${round}`)
        const order = { subject, root }
        runs[subject].push(await race(order, { writers, seconds: seconds(writers, short), entriesIn: linesIn }))
        fs.rmSync(root, { recursive: true })
      }
    }
    seen(round + 1, rounds)
  }
  const rows = groups.map(summary)
  const [alone] = rows
  return rows.map((row) => ({ ...row, toAlone: row.native.perSecond / alone.native.perSecond }))
}

export const linesIn = (root) => fs.readFileSync(journalOf(root), 'utf8').split('\n')

/**
 * What came of so many writers with the same order. `prepare` makes what they can't make at the same time in a root directory, and
 * `entriesIn` returns what they have left there.
 */
export async function race(order, { writers, seconds, prepare, entriesIn }) {
  makeJournal(order.root, 0)
  prepare?.(order.root)
  const children = await Promise.all(
    Array.from({ length: writers }, (_, writer) => startChild('writer', { ...order, writer })),
  )
  const start = now() + START
  const end = start + seconds * 1_000_000
  const answers = children.map((child) => {
    child.send({ start, end })
    return answerOf(child)
  })
  const told = await Promise.all(answers)
  await Promise.all(children.map(endChild))
  const warnings = sum(children.map((child) => child.warnings))
  return { ...account(new Set(entriesIn(order.root)), told, seconds), warnings }
}

function account(entries, writers, seconds) {
  const latencies = writers.flatMap((writer) => writer.latencies)
  const errors = writers.flatMap((writer) => writer.errors)
  const acknowledged = writers.flatMap((writer) => writer.acknowledged)
  const shares = writers[0].perSecond.flatMap((_, second) => {
    const counts = writers.map(({ perSecond }) => perSecond[second])
    return counts.map((count) => (count * writers.length) / sum(counts))
  })
  return {
    perSecond: sum(writers.flatMap((writer) => writer.perSecond)) / seconds,
    p50: median(latencies),
    p99: quantile(latencies, 0.99),
    p999: quantile(latencies, 0.999),
    longest: quantile(latencies, 1),
    cpu: sum(writers.map(({ cpu }) => cpu)) / latencies.length,
    smallestShare: quantile(shares, 0),
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((file) => !entries.has(file)).length,
    timeouts: errors.filter((message) => message.startsWith('Failed to acquire journal lock')).length,
    errors: errors.length,
  }
}

const sum = (values) => values.reduce((sum, value) => sum + value, 0)

/** Over the rounds: medians, the worst, sums, and the ratios of ours to the JS module's. */
function summary({ writers, runs }) {
  const figures = Object.entries(runs).flatMap(([name, runs]) => (runs.length ? [[name, over(runs)]] : []))
  const ratio = (name) => ratios(...[runs.native, runs.js].map((runs) => runs.map((run) => run[name])))
  const names = ['perSecond', 'p99', 'p999', 'longest', 'cpu']
  const toJs = runs.js.length > 0 && Object.fromEntries(names.map((name) => [name, ratio(name)]))
  return { writers, ...Object.fromEntries(figures), ...(toJs && { toJs }) }
}

/** Of several races: medians, the worst and sums. */
export function over(runs) {
  const each = (names, total) => names.map((name) => [name, total(runs.map((run) => run[name]))])
  return Object.fromEntries([
    ...each(['perSecond', 'p50', 'p99', 'p999', 'cpu'], median),
    ...each(['longest'], (values) => quantile(values, 1)),
    ...each(['smallestShare'], (values) => quantile(values, 0)),
    ...each(['acknowledged', 'lost', 'timeouts', 'errors', 'warnings'], sum),
  ])
}

export function print(rows) {
  const heads = [
    'calls/s',
    'p50',
    'p99',
    'p99.9',
    'longest',
    'CPU a call',
    'smallest share',
    'lost',
    'timeouts',
    'warned',
  ]
  const cells = rows.flatMap(({ writers, toJs, ...of }) => [
    ...['js', 'native'].filter((name) => of[name]).map((name) => line(`${writers} ${NAMES[name]}`, of[name])),
    ...(toJs
      ? [
          [
            '  ours / JS',
            factor(toJs.perSecond),
            '',
            ...['p99', 'p999', 'longest', 'cpu'].map((name) => factor(toJs[name])),
            '',
            '',
            '',
            '',
          ],
        ]
      : []),
  ])
  table(['writers', ...heads], cells)
}

function line(
  label,
  { perSecond, p50, p99, p999, longest, cpu, smallestShare, acknowledged, lost, timeouts, warnings },
) {
  const latencies = [p50, p99, p999, longest, cpu].map(microseconds)
  return [
    label,
    digits(perSecond),
    ...latencies,
    digits(smallestShare),
    `${lost} of ${acknowledged}`,
    `${timeouts}`,
    `${warnings}`,
  ]
}

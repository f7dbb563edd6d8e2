// The tables of figures in README.md and docs/speed.md, each between two marks: from results.json, as the plots are.

import fs from 'node:fs'
import { redraw, table } from '../testkit/drawn.mjs'
import { digits, microseconds } from './lib/print.mjs'
import { LABELS as COLD } from './parts/cold.mjs'
import { LABELS as PEERS } from './parts/peers.mjs'
import { recordedTargets, verdicts } from './targets.mjs'

/** The results of the last full run. */
export function recorded() {
  return JSON.parse(fs.readFileSync(new URL('results.json', import.meta.url), 'utf8'))
}

/** The text of each page, by its name, with the figures of these results. */
export function pages({ machine, places }) {
  return {
    'README.md': withFigures('README.md', why(machine, places)),
    'docs/speed.md': withFigures(
      'docs/speed.md',
      [targets, losses, cold, peers]
        .map((make) => make(places))
        .filter(Boolean)
        .concat(measuredOn(machine))
        .join('\n'),
    ),
  }
}

export function writePages(results) {
  for (const [page, text] of Object.entries(pages(results))) fs.writeFileSync(at(page), text)
}

const at = (page) => new URL(`../${page}`, import.meta.url)

const withFigures = (page, figures) => redraw(page, fs.readFileSync(at(page), 'utf8'), 'figures', figures)

/** Four rows that say why, on the first file system, and what is slower. */
function why(machine, places) {
  const [[type, { latency, waiting, writers }]] = Object.entries(places)
  const stamp = latency.find(({ operation, lines }) => operation === 'stamp' && lines === 10_000).times
  const eight = writers.find((row) => row.writers === 8)
  const several = writers.filter((row) => row.writers > 1)
  const behindJs = (waiter) => waiting.find((row) => row.holder === 'js' && row.waiter === waiter).cpu
  const lost = (subject) => {
    const of = several.reduce((sum, row) => sum + row[subject].acknowledged, 0)
    return `${several.map((row) => row[subject].lost).join(', ')} of ${of.toLocaleString('en')} in all`
  }
  const both = (figure) => [figure('js'), figure('native')]
  const counts = several.map((row) => row.writers).join(', ')
  const rows = [
    [`acknowledged entries lost, ${counts} writers`, ...both(lost)],
    ['p99 latency of a call, 8 writers', ...both((subject) => microseconds(eight[subject].p99))],
    ['CPU of a waiter behind a JS writer', ...both((waiter) => `${digits(100 * behindJs(waiter))} %`)],
    ['time of a stamp, journal of 10,000 lines', ...both((subject) => microseconds(stamp[subject].p50))],
  ]
  const two = writers.find((row) => row.writers === 2)
  const longest =
    `With two writers the longest call took ${microseconds(two.native.longest)}, ` +
    `the JS module's ${microseconds(two.js.longest)}.\n`
  const head = [`on ${type}; lower is better`, 'JS module', 'this package']
  return `${table(head, rows)}\n${measuredOn(machine)}${longest}`
}

/** Where the targets stand. */
function targets(places) {
  const columns = Object.values(places).map((parts) => verdicts(parts, {}, false, recordedTargets(parts)))
  const rows = columns[0].map(({ what, wanted, bound }, row) => {
    const cells = columns.map((column) => `${digits(column[row].value)}${column[row].met ? '' : ' (not met)'}`)
    return [what, ...cells, `${wanted} ${digits(bound)}`]
  })
  return table(['metric', ...Object.keys(places), 'target'], rows)
}

/** How many acknowledged entries were not in the journal. */
function losses(places) {
  const parts = Object.values(places)
  const lost = (place, index, subject) => {
    const { lost, acknowledged } = place.writers[index][subject]
    return `${lost} of ${acknowledged.toLocaleString('en')}`
  }
  const rows = parts[0].writers.map(({ writers }, index) => [
    `${writers} ${writers > 1 ? 'writers' : 'writer'}`,
    ...parts.flatMap((place) => SUBJECTS.map((subject) => lost(place, index, subject))),
  ])
  return table(['acknowledged entries lost', ...headsOf(places)], rows)
}

/** The medians of cold calls and of the import; nothing if the full run was made before there was that part. */
function cold(places) {
  const columns = Object.values(places).map((parts) => parts.cold)
  if (columns.includes(undefined)) return undefined
  const rows = columns[0].map(({ operation }, row) => [
    COLD[operation],
    ...columns.flatMap((column) => SUBJECTS.map((subject) => microseconds(column[row].times[subject].p50))),
  ])
  return table(['median', ...headsOf(places)], rows)
}

/** What others take; nothing if the full run was made before there was that part. */
function peers(places) {
  const columns = Object.values(places).map((parts) => parts.peers)
  if (columns.includes(undefined)) return undefined
  const cells = ({ fault, perSecond, p99, lost, acknowledged }) =>
    fault
      ? ['not run', '', '']
      : [
          Math.round(perSecond).toLocaleString('en'),
          microseconds(p99),
          `${lost} of ${acknowledged.toLocaleString('en')}`,
        ]
  const rows = columns[0].map(({ name, writers }) => [
    `${writers} of ${PEERS[name]}`,
    ...columns.flatMap((column) => cells(column.find((row) => row.name === name && row.writers === writers))),
  ])
  const heads = Object.keys(places).flatMap((type) =>
    ['appends a second', 'p99', 'lost'].map((head) => `${head}, ${type}`),
  )
  return table(['writers', ...heads], rows)
}

const SUBJECTS = ['js', 'native']
const headsOf = (places) => Object.keys(places).flatMap((type) => [`JS module, ${type}`, `this package, ${type}`])

function measuredOn({ date, cpu, cores, system, node }) {
  return `By \`npm run bench\` on ${date}: ${cpu}, ${cores} cores, ${system}, Node ${node}.\n`
}

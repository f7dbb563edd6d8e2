// Which figures are drawn from the results, and what they show.

import fs from 'node:fs'
import { NAMES, digits, microseconds } from '../lib/print.mjs'
import { lines } from './lines.mjs'
import { strips } from './strips.mjs'
import { figure } from './svg.mjs'

const LEGEND = [
  ['js', 'JS module'],
  ['native', 'codegraph-journal'],
  ['bare', 'bare system calls'],
]

const FIGURES = { latency, batches, crowd, writers, waiting, loop }

/** Draws all figures into `plots/`. */
export function draw({ machine, places }) {
  const plots = new URL('../plots/', import.meta.url)
  fs.mkdirSync(plots, { recursive: true })
  for (const [name, make] of Object.entries(FIGURES)) {
    const of = Object.entries(places).map(([type, parts]) => ({ type, rows: parts[name] }))
    fs.writeFileSync(new URL(`${name}.svg`, plots), `${figure({ ...make(of), foot: on(machine) })}\n`)
  }
}

function on({ date, cpu, cores, system, node }) {
  return `${date}, ${cores} cores of ${cpu.replaceAll(/\((R|TM)\)/g, '')}, ${system}, Node ${node}`
}

/** Of the scale: a power of ten, so without zeros at its end. */
const tick = (value) =>
  microseconds(value)
    .replace(/(\.\d*?)0+ /, '$1 ')
    .replace('. ', ' ')

function latency(places) {
  return {
    title: 'Latency by length of the journal: p50, and p99 (faint)',
    legend: LEGEND,
    rows: places.map(({ type, rows }) =>
      ['append', 'stamp', 'reset', 'read'].map((operation) =>
        timesPanel({
          head: `${operation}, ${type}`,
          axis: 'lines in the journal',
          step: 'lines',
          rows: rows.filter((row) => row.operation === operation),
          all: places.flatMap((place) => place.rows),
        }),
      ),
    ),
  }
}

function batches(places) {
  return {
    title: 'Latency by size of the batch: p50, and p99 (faint)',
    legend: LEGEND,
    rows: places.map(({ type, rows }) =>
      ['append', 'stamp'].map((operation) =>
        timesPanel({
          head: `${operation}, ${type}`,
          axis: 'entries in the batch',
          step: 'entries',
          rows: rows.filter((row) => row.operation === operation),
          all: places.flatMap((place) => place.rows),
        }),
      ),
    ),
  }
}

function crowd(places) {
  return {
    title: 'Append by number of other files in .codegraph: p50, and p99 (faint)',
    legend: LEGEND,
    rows: [
      places.map(({ type, rows }) =>
        timesPanel({
          head: type,
          axis: 'other files',
          step: 'others',
          rows,
          all: places.flatMap((place) => place.rows),
        }),
      ),
    ],
  }
}

/** The p50 and p99 of each subject. */
function timesPanel({ head, axis, step, rows, all }) {
  const subjects = LEGEND.map(([name]) => name).filter((name) => rows[0].times[name])
  const series = ['p99', 'p50'].flatMap((share) =>
    subjects.map((name) => ({
      name,
      values: rows.map(({ times }) => times[name][share]),
      faint: share === 'p99',
    })),
  )
  const over = all.flatMap(({ times }) => subjects.flatMap((name) => [times[name].p50, times[name].p99]))
  return lines({ head, steps: rows.map((row) => row[step]), axis, series, over, unit: tick })
}

function writers(places) {
  const panels = [
    ['calls a second', 'perSecond', (value) => value.toLocaleString('en')],
    ['p99', 'p99', tick],
    ['CPU a call', 'cpu', tick],
  ]
  return {
    title: 'Writers at once, appends and stamps in turns',
    legend: LEGEND.slice(0, 2),
    rows: places.map(({ type, rows }) =>
      panels.map(([label, figure, unit]) =>
        lines({
          head: `${label}, ${type}`,
          steps: rows.map((row) => row.writers),
          axis: 'writers',
          series: ['js', 'native'].map((name) => ({ name, values: rows.map((row) => row[name][figure]) })),
          over: places.flatMap((place) => place.rows.flatMap(({ js, native }) => [js[figure], native[figure]])),
          unit,
        }),
      ),
    ),
  }
}

function waiting(places) {
  const all = places.flatMap(({ rows }) => rows.flatMap(({ delays }) => delays))
  return {
    title: 'From a release to the end of the append that waited for it, as holder → waiter: each, and p50',
    legend: LEGEND.slice(0, 2),
    rows: [
      places.map(({ type, rows }) =>
        strips({
          head: type,
          strips: rows.map(({ holder, waiter, delays, delay, cpu }) => ({
            name: waiter,
            label: `${NAMES[holder]} → ${NAMES[waiter]}`,
            dots: delays.filter((value) => value > 0),
            middle: delay.median,
            note: `${digits(100 * cpu)} % CPU`,
          })),
          over: all,
          unit: tick,
        }),
      ),
    ],
  }
}

function loop(places) {
  return {
    title: 'How late the event loop is while a rival contends: p50, p99, longest',
    legend: LEGEND.slice(0, 2),
    rows: [
      places.map(({ type, rows }) =>
        strips({
          head: type,
          strips: rows.map(({ subject, writes, p50, p99, longest }) => ({
            name: writes === 'never' ? 'bare' : subject,
            label: writes === 'never' ? 'no writes' : `${NAMES[subject]}, ${writes}`,
            low: p50,
            middle: p99,
            high: longest,
          })),
          over: places.flatMap((place) => place.rows.flatMap(({ p50, longest }) => [p50 / 5, 5 * longest])),
          unit: tick,
        }),
      ),
    ],
  }
}

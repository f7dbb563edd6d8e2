// Adds the rounds up, and prints them.

import os from 'node:os'
import { describe } from './fleet.mjs'

export class Tally {
  #rows = new Map()

  add({ name, fleet, beside }, { counts, jsOwn, longestMs, failures, root, ...numbers }) {
    const writers = [describe(fleet), beside].filter(Boolean).join(', ')
    const row = this.#rows.get(name) ?? { name, writers, rounds: 0, longestMs: 0, numbers: {}, counts: {}, jsOwn: {} }
    this.#rows.set(name, row)
    row.rounds++
    row.longestMs = Math.max(row.longestMs, longestMs)
    addTo(row.numbers, numbers)
    addTo(row.counts, counts)
    addTo(row.jsOwn, jsOwn)
  }

  /** A number of all scenarios together. */
  sum(what) {
    return [...this.#rows.values()].reduce((sum, { numbers }) => sum + numbers[what], 0)
  }

  get rounds() {
    return [...this.#rows.values()].reduce((sum, { rounds }) => sum + rounds, 0)
  }

  table() {
    const head = [
      'scenario',
      'writers',
      'rounds',
      'acknowledged',
      'lost',
      'torn',
      'leftovers',
      'failed',
      'longest wait',
    ]
    const rows = [...this.#rows.values()].map(({ name, writers, rounds, longestMs, numbers, counts, jsOwn }) => {
      const { acknowledged, lost, torn, leftovers, failed, repeated, unfinished, timedOut } = numbers
      const befell = { ...counts, 'timed out': timedOut, 'written twice': repeated, 'left unfinished': unfinished }
      const figures = [rounds, acknowledged, lost, torn, leftovers, failed].map((number) => number.toLocaleString('en'))
      return [name, writers, ...figures, `${(longestMs / 1000).toFixed(2)} s`, inWords(befell), inWords(jsOwn)]
    })
    return columns([[...head, 'what befell them', "the JS module's own"], ...rows])
  }
}

/** What the figures were measured on. */
export const machine = () =>
  `Node ${process.version}, ${os.type()} ${os.release()}, ${os.arch()}, ${os.availableParallelism()} cores`

function addTo(sum, numbers) {
  for (const [what, number] of Object.entries(numbers)) sum[what] = (sum[what] ?? 0) + number
}

function inWords(numbers) {
  const told = Object.entries(numbers).filter(([, number]) => number > 0)
  return told.map(([what, number]) => `${number.toLocaleString('en')} ${what}`).join(', ')
}

/** Words to the left, figures to the right. */
function columns(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const isFigure = (column) => /^\d/.test(rows[1][column]) && column < 9 && column !== 1
  const cell = (text, column) => (isFigure(column) ? text.padStart(widths[column]) : text.padEnd(widths[column]))
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n')
}

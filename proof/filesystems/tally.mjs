// Adds up what the suites came to, as a table with a line for each file system.

import { suites } from './suites.mjs'

export class Tally {
  #rows = []
  lacking = new Set()
  passed = 0
  failed = 0
  skipped = 0
  unavailable = 0

  begin({ name, lacks = [] }, warning) {
    this.#rows.push({ name, warning, cells: {} })
    for (const lack of lacks) this.lacking.add(lack)
  }

  skip({ name }) {
    this.#rows.push({ name, warning: 'unavailable here', cells: {} })
    this.unavailable++
  }

  count(suite, result) {
    this.#rows.at(-1).cells[suite.name] = Tally.words(result)
    for (const word of ['passed', 'failed', 'skipped']) this[word] += result[word]
  }

  /** A whole suite. */
  leaveOut(suite) {
    this.#rows.at(-1).cells[suite.name] = 'skipped'
  }

  static words({ passed, failed, skipped }) {
    const rest = [failed && `${failed} FAILED`, skipped && `${skipped} skipped`].filter(Boolean)
    return [passed, ...rest].join(', ')
  }

  table() {
    const columns = suites.map(({ name }) => name).filter((name) => this.#rows.some(({ cells }) => cells[name]))
    const rows = [
      ['file system', 'warning', ...columns],
      ...this.#rows.map(({ name, warning, cells }) => [name, warning, ...columns.map((column) => cells[column] ?? '')]),
    ]
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
    return rows
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column]))
          .join('  ')
          .trimEnd(),
      )
      .join('\n')
  }

  summary() {
    const { passed, failed, skipped, unavailable } = this
    return `${passed} passed, ${failed} failed, ${skipped} skipped; ${unavailable} file systems unavailable here`
  }
}

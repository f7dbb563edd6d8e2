// What a user might pick instead, beside ours and the JS module: one writer that appends as fast as it can, and two.

import fs from 'node:fs'
import path from 'node:path'
import { digits, microseconds, table } from '../lib/print.mjs'
import { shuffled } from '../lib/random.mjs'
import { fetchPeers } from '../peers/fetch.mjs'
import { KINDS, openPeer } from '../peers/kinds.mjs'
import { linesIn, over, race } from './writers.mjs'

export const title = 'peers'

const WRITERS = [1, 2]

/** What the rows are called, here and on the page. */
export const LABELS = {
  js: 'the JS module',
  native: 'this package',
  sqlite: 'better-sqlite3',
  flock: '`fs-ext`, `flock`',
  proper: 'proper-lockfile',
}

export async function measure({ dir, short, random, seen }) {
  const { home, faults } = fetchPeers()
  const rounds = short ? 1 : 3
  const rows = WRITERS.flatMap((writers) =>
    Object.keys(LABELS).map((name) => ({ name, writers, fault: faults[KINDS[name]?.needs] })),
  )
  const runs = rows.filter(({ fault }) => !fault).map((row) => ({ row, told: [] }))
  for (let round = 0; round < rounds; round++) {
    for (const { row, told } of shuffled(runs, random)) {
      const root = path.join(dir, `${row.name}-${row.writers}-${round}`)
      told.push(await race(orderOf(row.name, root, home), raceOf(row, { short, home })))
      fs.rmSync(root, { recursive: true })
    }
    seen(round + 1, rounds)
  }
  const measured = runs.map(({ row, told }) => ({ ...row, ...over(told) }))
  return [...measured, ...rows.filter(({ fault }) => fault)]
}

const orderOf = (name, root, home) =>
  KINDS[name] ? { peer: name, root, home } : { subject: name, root, appends: true }

function raceOf({ name, writers }, { short, home }) {
  const open = (root) => openPeer({ peer: name, root, home })
  // Of two that make one database, one can find it locked.
  const of = KINDS[name] ? { prepare: open, entriesIn: (root) => open(root).entries() } : { entriesIn: linesIn }
  return { writers, seconds: short ? 1 : 2, ...of }
}

export function print(rows) {
  const cells = rows.map(({ name, writers, fault, ...row }) => [
    `${writers} of ${LABELS[name]}`,
    ...(fault
      ? ['not run', fault, '', '', '', '']
      : [
          digits(row.perSecond),
          ...[row.p50, row.p99, row.longest, row.cpu].map(microseconds),
          `${row.lost} of ${row.acknowledged}, ${row.errors} failed`,
        ]),
  ])
  table(['writers', 'calls/s', 'p50', 'p99', 'longest', 'CPU a call', 'lost'], cells)
}

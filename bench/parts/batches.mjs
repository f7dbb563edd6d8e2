// How long a call takes that brings many entries, onto a journal with none.

import path from 'node:path'
import { interleave, summary } from '../lib/interleave.mjs'
import { makeJournal, restoreJournal } from '../lib/journals.mjs'
import { factor, microseconds, table } from '../lib/print.mjs'

export const title = 'batches of entries'

export async function measure({ dir, short, random, subjects, seen }) {
  const sizes = short ? [1, 100, 1000, 100_000] : [1, 10, 100, 1000, 10_000, 100_000]
  const groups = ['append', 'stamp'].flatMap((operation) =>
    sizes.map((entries) => group({ operation, entries }, { dir, random, subjects })),
  )
  await interleave(groups, { rounds: short ? 3 : 20, random, seen })
  return groups.map(summary)
}

function group(key, { dir, random, subjects }) {
  const members = Object.entries(subjects).map(([name, subject]) => {
    const root = path.join(dir, `${key.operation}-${key.entries}-${name}`)
    const length = makeJournal(root, 0)
    const calls = key.entries <= 1000 ? 40 : 12
    const order = { operation: key.operation, calls, batch: key.entries, restores: true, root }
    return [name, { subject, order, prepare: () => restoreJournal(root, length, random) }]
  })
  return { key, members: Object.fromEntries(members) }
}

export function print(rows) {
  const cells = rows.map(({ operation, entries, times, toJs, toBare }) => [
    operation,
    `${entries}`,
    ...['js', 'native', 'bare'].flatMap((name) => [times[name].p50, times[name].p99].map(microseconds)),
    factor(toJs),
    factor(toBare),
  ])
  const heads = ['JS p50', 'p99', 'ours p50', 'p99', 'bare p50', 'p99', 'ours / JS', 'ours / bare']
  table(['', 'entries', ...heads], cells)
}

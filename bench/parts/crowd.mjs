// What the other files in the journal's directory cost an append: the JS module lists them all, each time; a link and an unlink alone find
// their way among them too.

import path from 'node:path'
import { compare, interleave, summary } from '../lib/interleave.mjs'
import { makeJournal, restoreJournal } from '../lib/journals.mjs'
import { factor, microseconds, table } from '../lib/print.mjs'

export const title = 'append beside other files'

const CALLS = 40

export async function measure({ dir, short, random, subjects, seen }) {
  const counts = short ? [0, 10_000] : [0, 100, 1000, 10_000]
  const groups = counts.map((others) => group({ others }, { dir, random, subjects }))
  await interleave(groups, { rounds: short ? 5 : 20, random, seen })
  const [alone] = groups
  const toAlone = ({ members }, name) => compare(members[name], alone.members[name])
  return groups.map((group) => ({
    ...summary(group),
    toAlone: toAlone(group, 'native'),
    bareToAlone: toAlone(group, 'bare'),
  }))
}

function group(key, { dir, random, subjects }) {
  const members = Object.entries(subjects).map(([name, subject]) => {
    const root = path.join(dir, `${key.others}-${name}`)
    const length = makeJournal(root, 0, key.others)
    const operation = name === 'bare' ? 'append-with-lockfile' : 'append'
    const order = { operation, calls: CALLS, root }
    return [name, { subject, order, prepare: () => restoreJournal(root, length, random) }]
  })
  return { key, members: Object.fromEntries(members) }
}

export function print(rows) {
  const cells = rows.map(({ others, times, toJs, toAlone, bareToAlone }) => [
    `${others}`,
    ...['js', 'native', 'bare'].flatMap((name) => [times[name].p50, times[name].p99].map(microseconds)),
    factor(toJs),
    factor(toAlone),
    factor(bareToAlone),
  ])
  const heads = [
    'JS p50',
    'p99',
    'ours p50',
    'p99',
    'bare p50',
    'p99',
    'ours / JS',
    'ours / ours alone',
    'bare / bare alone',
  ]
  table(['other files', ...heads], cells)
}

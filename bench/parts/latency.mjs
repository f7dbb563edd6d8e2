// How long each operation takes, and what the journal's length has to do with it.

import path from 'node:path'
import { compare, interleave, summary } from '../lib/interleave.mjs'
import { makeJournal, restoreJournal } from '../lib/journals.mjs'
import { factor, microseconds, table } from '../lib/print.mjs'

export const title = 'latency by operation and length of the journal'

const CALLS = 40

/** For each operation, what the members do. */
const OPERATIONS = {
  append: {
    js: 'append',
    native: 'append',
    bare: 'append',
    withLockfile: 'append-with-lockfile',
    asOurs: 'append-as-ours',
  },
  stamp: { js: 'stamp', native: 'stamp', bare: 'stamp', rewrite: 'rewrite' },
  reset: { js: 'reset', native: 'reset', bare: 'reset' },
  read: { js: 'read', native: 'read', bare: 'read' },
}

/**
 * What bare calls are compared with beside the least ones: those with a lockfile, all system calls of ours, and those that do as the JS
 * module does.
 */
const FLOORS = {
  withLockfile: 'under a linked lockfile',
  asOurs: 'by all system calls of ours',
  rewrite: 'by a new file',
}

const LENGTHS = [0, 1000, 10_000, 100_000]

/** The lengths of the short form. A reset replaces the journal, and each call of a block begins with a journal that is made again. */
const SHORT = { append: [0, 10_000, 100_000], stamp: LENGTHS, reset: [0, 1000], read: [0, 10_000, 100_000] }

export async function measure({ dir, short, random, subjects, seen }) {
  const groups = Object.keys(OPERATIONS).flatMap((operation) =>
    (short ? SHORT[operation] : LENGTHS).map((lines) => group({ operation, lines }, { dir, random, subjects })),
  )
  await interleave(groups, { rounds: short ? 3 : 20, random, seen })
  return groups.map((group) => {
    const empty = groups.find(({ key }) => key.operation === group.key.operation && key.lines === 0)
    const { native } = group.members
    const floors = Object.keys(FLOORS).filter((name) => group.members[name])
    return {
      ...summary(group),
      toFloor: Object.fromEntries(floors.map((name) => [name, compare(native, group.members[name])])),
      toEmpty: compare(native, empty.members.native),
    }
  })
}

function group(key, { dir, random, subjects }) {
  const members = Object.entries(OPERATIONS[key.operation]).map(([name, operation]) => {
    const root = path.join(dir, `${key.operation}-${key.lines}-${name}`)
    const length = makeJournal(root, key.lines)
    const restores = operation === 'reset' // only the first one would find that many lines
    return [
      name,
      {
        subject: subjects[name] ?? subjects.bare,
        order: { operation, calls: CALLS, restores, root },
        prepare: () => restoreJournal(root, length, random),
      },
    ]
  })
  return { key, members: Object.fromEntries(members) }
}

export function print(rows) {
  const cells = rows.map(({ operation, lines, times, toJs, toBare, toEmpty }) => [
    operation,
    `${lines}`,
    ...['js', 'native', 'bare'].flatMap((name) => [times[name].p50, times[name].p99].map(microseconds)),
    factor(toJs),
    factor(toBare),
    factor(toEmpty),
  ])
  const heads = ['JS p50', 'p99', 'ours p50', 'p99', 'bare p50', 'p99', 'ours / JS', 'ours / bare', 'ours / ours at 0']
  table(['', 'lines', ...heads], cells)

  const floors = rows.flatMap(({ operation, lines, times, toFloor }) =>
    Object.keys(toFloor).map((name) => [
      `${operation} ${FLOORS[name]}`,
      `${lines}`,
      microseconds(times[name].p50),
      factor(toFloor[name]),
    ]),
  )
  table(['other bare calls', 'lines', 'p50', 'ours / bare'], floors)
}

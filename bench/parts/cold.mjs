// What a call takes in a process that sleeps between its calls, as a watcher does, with the caches cold; and what the import takes.

import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { originalModule } from '../../testkit/original.mjs'
import { answerOf, endChild, startChild } from '../lib/children.mjs'
import { now } from '../lib/clock.mjs'
import { makeJournal } from '../lib/journals.mjs'
import { factor, microseconds, table } from '../lib/print.mjs'
import { shuffled } from '../lib/random.mjs'
import { median, ratios, times } from '../lib/statistics.mjs'

export const title = 'cold calls, and the import'

const LINES = 1000
const PERIOD_MS = 300
const SUBJECTS = ['js', 'native']
const CALLS = ['append', 'stamp']

/** Microseconds from the order to the first call. */
const START = 200_000

const importer = fileURLToPath(new URL('../children/importer.mjs', import.meta.url))
const MODULES = {
  js: pathToFileURL(originalModule).href,
  native: new URL('../../index.js', import.meta.url).href,
}

export async function measure({ dir, short, random, seen }) {
  const rounds = short ? 2 : 5
  const names = [...CALLS, 'import', 'start']
  const rows = names.map((operation) => ({ operation, blocks: { js: [], native: [] } }))
  for (let round = 0; round < rounds; round++) {
    const seenNow = {
      ...(await cold(path.join(dir, `${round}`), { calls: short ? 8 : 20, random })),
      ...imports({ processes: short ? 5 : 20, random }),
    }
    for (const { operation, blocks } of rows) {
      for (const subject of SUBJECTS) blocks[subject].push(seenNow[operation][subject])
    }
    seen(round + 1, rounds)
  }
  return rows.map(summary)
}

/** All at once, but each at a moment of its own: in the sleep of one the others make their calls, as other processes of a user do. */
async function cold(dir, { calls, random }) {
  const sleepers = CALLS.flatMap((operation) => SUBJECTS.map((subject) => ({ operation, subject })))
  const children = await Promise.all(
    sleepers.map((sleeper) => {
      const root = path.join(dir, Object.values(sleeper).join('-'))
      makeJournal(root, LINES)
      return startChild('sleeper', { ...sleeper, root })
    }),
  )
  try {
    const start = now() + START
    const step = (PERIOD_MS * 1000) / sleepers.length
    const answers = shuffled([...children.keys()], random).map(async (index, turn) => {
      const answer = answerOf(children[index])
      children[index].send({ start: start + turn * step, periodMs: PERIOD_MS, calls })
      return [sleepers[index], (await answer).slice(1)] // the first call of a process also compiles
    })
    return byName(await Promise.all(answers))
  } finally {
    await Promise.all(children.map(endChild))
  }
}

/** How long the import of each module takes, and how long from the start of the process to the end of the import, in turns. */
function imports({ processes, random }) {
  const told = Array.from({ length: processes }, () =>
    shuffled(SUBJECTS, random).map((subject) => [
      subject,
      JSON.parse(execFileSync(process.execPath, [importer, MODULES[subject]], { encoding: 'utf8' })),
    ]),
  ).flat()
  const of = (subject, figure) => told.filter(([name]) => name === subject).map(([, figures]) => figures[figure])
  return byName(
    ['import', 'start'].flatMap((operation) =>
      SUBJECTS.map((subject) => [{ operation, subject }, of(subject, operation)]),
    ),
  )
}

function byName(blocks) {
  const found = {}
  for (const [{ operation, subject }, block] of blocks) found[operation] = { ...found[operation], [subject]: block }
  return found
}

function summary({ operation, blocks: { js, native } }) {
  return {
    operation,
    times: { js: times(js.flat()), native: times(native.flat()) },
    toJs: ratios(native.map(median), js.map(median)),
  }
}

/** What the rows are called, here and on the page. */
export const LABELS = {
  append: `an append every ${PERIOD_MS} ms to ${LINES.toLocaleString('en')} lines`,
  stamp: `a stamp every ${PERIOD_MS} ms of ${LINES.toLocaleString('en')} lines`,
  import: 'the import of the module',
  start: "from the process's start to the end of the import",
}

export function print(rows) {
  const cells = rows.map(({ operation, times: { js, native }, toJs }) => [
    LABELS[operation],
    ...[js.p50, js.p99, native.p50, native.p99].map(microseconds),
    factor(toJs),
  ])
  table(['', 'JS p50', 'p99', 'ours p50', 'p99', 'ours / JS'], cells)
}

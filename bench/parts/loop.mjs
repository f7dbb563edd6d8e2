// How late the event loop of a process is that writes an entry every 20 ms while a rival writes batch after batch.

import path from 'node:path'
import { createRequire } from 'node:module'
import { answerOf, endChild, startChild } from '../lib/children.mjs'
import { makeJournal } from '../lib/journals.mjs'
import { NAMES, microseconds, table } from '../lib/print.mjs'
import { shuffled } from '../lib/random.mjs'
import { median, quantile } from '../lib/statistics.mjs'

export const title = 'event-loop delay while a rival contends'

/** Both are of one kind. The one that never writes shows what the timers and the machine come to by themselves. */
const CASES = [
  { subject: 'native', writes: 'never' },
  { subject: 'js', writes: 'sync' },
  { subject: 'native', writes: 'sync' },
  { subject: 'native', writes: 'async' },
]

const { appendJournalEntriesAsync } = createRequire(import.meta.url)('codegraph-journal')

export async function measure({ dir, short, random, seen }) {
  const cases = CASES.filter(({ writes }) => writes !== 'async' || appendJournalEntriesAsync)
  const rounds = short ? 1 : 5
  const runs = cases.map((order) => ({ order, answers: [] }))
  for (let round = 0; round < rounds; round++) {
    for (const { order, answers } of shuffled(runs, random)) {
      answers.push(await run({ ...order, root: path.join(dir, `${order.subject}-${order.writes}-${round}`) }))
    }
    seen(round + 1, rounds)
  }
  return runs.map(({ order, answers }) => {
    const late = answers.flatMap((answer) => answer.late)
    return {
      ...order,
      p50: median(late),
      p99: quantile(late, 0.99),
      longest: quantile(late, 1),
      calls: answers.reduce((sum, { calls }) => sum + calls, 0),
      errors: answers.flatMap(({ errors }) => errors).length,
    }
  })
}

async function run(order) {
  makeJournal(order.root, 0)
  const watcher = await startChild('watcher', order)
  const rival = await startChild('rival', order)
  try {
    watcher.send({ seconds: 2 })
    return await answerOf(watcher)
  } finally {
    await Promise.all([watcher, rival].map(endChild))
  }
}

export function print(rows) {
  const cells = rows.map(({ subject, writes, p50, p99, longest, calls, errors }) => [
    writes === 'never' ? 'no writes' : `${NAMES[subject]}, ${writes}`,
    ...[p50, p99, longest].map(microseconds),
    `${calls}`,
    `${errors}`,
  ])
  table(['', 'p50', 'p99', 'longest', 'calls', 'failed'], cells)
  if (!appendJournalEntriesAsync)
    console.log('  ours, async: not measured, for this build has no appendJournalEntriesAsync\n')
}

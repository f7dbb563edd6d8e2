// Writers that are killed while the kernel writes a batch of megabytes: no name is cut short, as it is by the original.
//
// JOURNAL_TEST_SEED repeats the moments.

import fc from 'fast-check'
import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { runNode } from '../testkit/node.mjs'
import { originalModule } from '../testkit/original.mjs'
import {
  finishesWrites,
  HEADER,
  journalOf,
  makeRoot,
  removeRoot,
  showsParts,
  test,
  writeJournal,
} from '../testkit/workspace.mjs'

const MINUTES = 60_000
const LENGTH = 300
const BATCH = 20_000
/** So many deaths in the middle of a batch are enough, */
const ENOUGH = 3
/** and in so many tries they come. */
const TRIES = 300
const seed = Number(process.env.JOURNAL_TEST_SEED ?? Date.now() % 2 ** 31)

/** Appends, or stamps, without a pause; a thread beside it kills the process. */
const source = (module, write, delay) => `
  import { Worker } from 'node:worker_threads'
  import * as journal from ${JSON.stringify(module)}
  const writes = { append: journal.appendJournalEntries, stamp: journal.appendJournalEntriesAndStampHeader }
  const entries = Array.from({ length: ${BATCH} }, (_, index) => ({ file: String(index).padStart(${LENGTH}, 'f') }))
  const killer = \`require('node:worker_threads').parentPort.once('message', (delay) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delay)
    process.kill(process.pid, 'SIGKILL')
  })\`
  new Worker(killer, { eval: true, execArgv: [] }).postMessage(${delay})
  for (let time = 1_600_000_000_001; ; time++) writes.${write}(root, entries, time)
`

/** What is found in the journals of those who died in the middle: { deaths, inside, cut }. */
async function killed(module, write) {
  const delays = fc.sample(fc.double({ min: 1, max: 40, noNaN: true }), { seed, numRuns: TRIES })
  const found = { deaths: 0, inside: 0, cut: 0 }
  for (const delay of delays) {
    if (found.inside === ENOUGH) break
    const root = makeRoot()
    writeJournal(root, `${HEADER}1600000000000\n`)
    await runNode(root, source(module, write, delay))
    const names = fs.readFileSync(journalOf(root), 'latin1').split('\n').slice(1)
    const whole = names.filter((name) => name.length === LENGTH && !name.startsWith('#'))
    found.deaths++
    found.inside += whole.length % BATCH > 0
    found.cut += names.some((name) => name.trim() !== '' && name.length < LENGTH && !name.startsWith('#'))
    removeRoot(root)
  }
  console.log(
    `${write}: of ${found.deaths} killed ${found.inside} wrote, ${found.cut} left a name cut short; ` +
      `again with JOURNAL_TEST_SEED=${seed}`,
  )
  return found
}

describe.skipIf(finishesWrites())('killed in the middle of a batch', { timeout: 5 * MINUTES }, () => {
  test.for(['append', 'stamp'])('a native writer leaves whole names, %s', async (write) => {
    const { inside, cut } = await killed('codegraph-journal', write)
    expect(inside).toBe(ENOUGH)
    expect(cut).toBe(0)
  })

  test.skipIf(!showsParts())('control: the original does not', async () => {
    const { cut } = await killed(originalModule, 'append')
    expect(cut).toBeGreaterThan(0)
  })
})

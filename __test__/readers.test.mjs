// Readers beside a native writer: whatever they find was asked for, whole. The original's reader looks only once, so it is the strict
// one. A stamp that is written in one go, or over a page's end, fails here within seconds.

import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect } from 'vitest'
import { original, ours } from './helpers/subjects.mjs'
import { journalOf, test } from './helpers/workspace.mjs'

const MILLISECONDS = Number(process.env.JOURNAL_TEST_READ_MS ?? 3000)
const ENOUGH = 101 // reads; a busy machine gets more time for them

// Stamps without a pause, from a thread of its own, until it is ended.
const STAMPER = `
  const { workerData: { module, root, batch, base, step, stride = 1 } } = require('node:worker_threads')
  const { appendJournalEntriesAndStampHeader, writeJournalHeader } = require(module)
  for (let round = 0; ; round++) {
    if (round % 200 === 0) writeJournalHeader(root, base)
    const files = Array.from({ length: batch }, (_, i) => ({ file: 'f'.repeat(290) + String(round * batch + i).padStart(10, '0') }))
    appendJournalEntriesAndStampHeader(root, files, base + (round * stride % 200) * step)
  }`

/** Reads by both readers while somebody stamps; `look` gets each result. */
async function readBeside(root, order, look) {
  const module = fileURLToPath(new URL('../index.js', import.meta.url))
  const stamper = new Worker(STAMPER, { eval: true, workerData: { module, root, ...order } })
  const failed = new Promise((_, reject) => stamper.once('error', reject))
  let reads = 0
  try {
    while (!fs.existsSync(journalOf(root))) await Promise.race([failed, new Promise((done) => setTimeout(done, 5))])
    const end = Date.now() + MILLISECONDS
    while (Date.now() < end || (reads < ENOUGH && Date.now() < end + 30_000)) {
      for (const { read } of [original, ours[0]]) {
        const result = read(root)
        if (result.valid) look(result)
        reads += result.valid
      }
    }
  } finally {
    await stamper.terminate()
  }
  expect(reads).toBeGreaterThanOrEqual(ENOUGH)
  return reads
}

describe('beside a native that stamps', () => {
  test.for([100, 1])('no name is cut short, batches of %d', { timeout: 60_000 }, async (batch, { root }) => {
    const cut = new Set()
    const reads = await readBeside(root, { batch, base: 1_700_000_000_000, step: 1 }, ({ changed }) => {
      for (const name of changed) if (name.length !== 300) cut.add(name.length)
    })
    console.log(`batches of ${batch}: ${reads} reads, ${cut.size} names cut short`)
    expect([...cut]).toEqual([])
  })

  test.for([
    ['later and later', 1],
    ['to and fro', 77],
  ])('no timestamp is newer than the stamps, %s', { timeout: 60_000 }, async ([, stride], { root }) => {
    // Each stamp changes all the digits that are changed in place; what is read is a stamp or, cleared, a number below one.
    const [base, step] = [1_111_111_111_111, 3_333_333_333]
    const stamps = new Set(Array.from({ length: 200 }, (_, round) => base + round * step))
    const newer = new Set()
    const reads = await readBeside(root, { batch: 0, base, step, stride }, ({ timestamp }) => {
      const cleared = timestamp % 10_000 === 0
      const mixed = [...stamps].some((stamp) => stamp >= timestamp && stamp - timestamp < 2 * step)
      if (!stamps.has(timestamp) && !(cleared && mixed)) newer.add(timestamp)
    })
    console.log(`${reads} reads, ${newer.size} timestamps that nobody wrote`)
    expect([...newer]).toEqual([])
  })
})

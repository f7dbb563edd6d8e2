// Readers beside a native writer: whatever they find was asked for, whole. The original's reader looks only once, so it is the strict
// one. A timestamp that is written in one go, or a name over a page's end, fails here within seconds.

import fs from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect } from 'vitest'
import { originalModule } from '../testkit/original.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import { journalOf, showsParts, test } from '../testkit/workspace.mjs'

const MILLISECONDS = Number(process.env.JOURNAL_TEST_READ_MS ?? 3000)
const ENOUGH = 101 // reads; a busy machine gets more time for them

// Writes without a pause, from a thread of its own, until it is ended.
const WRITER = `
  const { workerData: { module, write, root, batch, base, step, stride = 1 } } = require('node:worker_threads')
  import(module).then(({ default: all, ...named }) => {
    const { appendJournalEntries, appendJournalEntriesAndStampHeader, writeJournalHeader } = all ?? named
    const writes = { append: appendJournalEntries, stamp: appendJournalEntriesAndStampHeader }
    for (let round = 0; ; round++) {
      if (round % 200 === 0) writeJournalHeader(root, base)
      const files = Array.from({ length: batch }, (_, i) => ({ file: 'f'.repeat(290) + String(round * batch + i).padStart(10, '0') }))
      writes[write](root, files, base + (round * stride % 200) * step)
    }
  })`

const NATIVE = new URL('../index.js', import.meta.url).href
const ORIGINAL = pathToFileURL(originalModule).href

/** Reads by both readers while somebody writes; `look` gets each result. */
async function readBeside(root, order, look) {
  const writer = new Worker(WRITER, { eval: true, workerData: { module: NATIVE, write: 'stamp', root, ...order } })
  const failed = new Promise((_, reject) => writer.once('error', reject))
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
    await writer.terminate()
  }
  expect(reads).toBeGreaterThanOrEqual(ENOUGH)
  return reads
}

/** Reads beside a writer of names that are all of one length: which other lengths are found. */
async function lengthsBeside(root, order) {
  const lengths = new Set()
  const reads = await readBeside(root, { base: 1_700_000_000_000, step: 1, ...order }, ({ changed }) => {
    for (const name of changed) if (name.length !== 300) lengths.add(name.length)
  })
  console.log(`${order.write} of ${order.batch}: ${reads} reads, ${lengths.size} names cut short`)
  return lengths
}

describe('beside a native writer that writes', () => {
  test.for([
    ['stamp', 100],
    ['stamp', 1],
    ['append', 100],
    ['append', 1],
  ])('no name is cut short, %s of %d', { timeout: 60_000 }, async ([write, batch], { root }) => {
    expect([...(await lengthsBeside(root, { write, batch }))]).toEqual([])
  })

  test.skipIf(!showsParts())('beside the original that appends, names are', { timeout: 60_000 }, async ({ root }) => {
    const lengths = await lengthsBeside(root, { module: ORIGINAL, write: 'append', batch: 100 })
    expect(lengths.size).toBeGreaterThan(0)
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

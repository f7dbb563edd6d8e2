// Reads a journal again and again by the reader of a module, for some seconds, and prints what it found: { stamps, reads, inPart, early }:
// how many timestamps, in how many reads; those in which a name was cut short, and those in which a timestamp's entries were missing.
//
//   node reading.mjs MODULE ROOT SECONDS

import { faultsOf } from './stamping.mjs'

const [module, root, seconds] = process.argv.slice(2)
const { readJournal } = await import(module)

const stamps = new Set()
const found = { reads: 0, inPart: 0, early: 0 }
const end = performance.now() + seconds * 1000
while (performance.now() < end) {
  const journal = readJournal(root)
  if (!journal.valid) continue
  const { inPart, isEarly } = faultsOf(journal)
  stamps.add(journal.timestamp)
  found.reads++
  found.inPart += inPart > 0
  found.early += isEarly
}
console.log(JSON.stringify({ ...found, stamps: stamps.size }))

// Makes blocks of calls and answers with the time of each; `bare.rs` describes the orders and answers.

import fs from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { load } from '../../testkit/subjects.mjs'
import { entry } from '../lib/journals.mjs'

const FEWEST_CALLS = 4 // as in bare.rs

const journal = await load(process.argv[2])
const pool = []
let taken = 0

const operations = {
  append: (root, entries) => journal.append(root, entries),
  stamp: (root, entries) => journal.stamp(root, entries, Date.now()),
  reset: (root) => journal.header(root, Date.now()),
  read: (root) => journal.read(root),
}

for await (const order of createInterface({ input: process.stdin })) {
  console.log(block(...order.split(' ')).join(' '))
}

function block(operation, calls, limitMs, batch, restores, ...words) {
  const root = path.dirname(words.join(' '))
  const restore = restores === 'true' ? restorer(path.join(words.join(' '), 'changes.journal')) : () => {}
  const call = operations[operation]
  const end = performance.now() + Number(limitMs)
  const times = []
  while (times.length < calls && (times.length < FEWEST_CALLS || performance.now() < end)) {
    restore()
    const entries = take(Number(batch))
    const start = process.hrtime.bigint()
    call(root, entries)
    times.push(process.hrtime.bigint() - start)
  }
  return times
}

/** Entries that no journal begins with, each again only after ten thousand others. */
function take(count) {
  if (taken + count > Math.max(count, 10_000)) taken = 0
  taken += count
  while (pool.length < taken) pool.push(entry(1_000_000 + pool.length))
  return pool.slice(taken - count, taken)
}

/** Undoes a call: cuts off what was appended, or makes a journal again that was reset. */
function restorer(file) {
  const before = fs.readFileSync(file)
  return () => {
    const { size } = fs.statSync(file)
    if (size > before.length) fs.truncateSync(file, before.length)
    if (size >= before.length) return
    fs.rmSync(file) // not written over: ext4 would then begin to write it to the disk
    fs.writeFileSync(file, before)
  }
}

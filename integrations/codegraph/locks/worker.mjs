// One process of a storm: `node worker.mjs JOURNAL_JS ROOT NAME SECONDS ROLE`. It prints what it has done as JSON.
//
//   watcher  appends one entry after another, each of another name
//   build    marks, reads, and makes a checkpoint, again and again
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const BUILD_MS = 20
const [module, root, name, seconds, role] = process.argv.slice(2)
const journal = await import(pathToFileURL(module).href)
const told = { role, acknowledged: [], read: [], tookMs: [], failed: 0 }
const until = Date.now() + Number(seconds) * 1000

for (let count = 0; Date.now() < until; count++)
  try {
    if (role === 'watcher') append(`${name}-${count}.ts`)
    else await build()
  } catch {
    told.failed++
  }
process.stdout.write(JSON.stringify(told))

function append(file) {
  timed(() => journal.appendJournalEntriesAndStampHeader(root, [{ file }], Date.now()))
  told.acknowledged.push(file)
}

/** It has seen all that the journal names, though it may not trust the header: then it looks at all files. */
async function build() {
  const position = timed(() => journal.markJournal(root))
  const lines = fs.readFileSync(path.join(root, '.codegraph/changes.journal'), 'utf8').split('\n').slice(1)
  await sleep(BUILD_MS)
  timed(() => journal.checkpointJournal(root, position, Date.now()))
  told.read.push(...lines.filter((line) => line.trim() && !line.startsWith('#')))
}

function timed(call) {
  const begun = performance.now()
  try {
    return call()
  } finally {
    told.tookMs.push(performance.now() - begun)
  }
}

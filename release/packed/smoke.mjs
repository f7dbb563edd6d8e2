// The built package in plain Node, whatever its version, without any test runner: run it with the Node to
// try. Prints one line; exits with 1 and the reason if anything is wrong.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import journal, * as imported from 'codegraph-journal'
import * as importedDir from 'codegraph-journal/dir'
import {
  JOURNAL_FILENAME,
  Journal,
  appendJournalEntries,
  appendJournalEntriesAndStampHeader,
  appendJournalEntriesAsync,
  readJournal,
  setWarningHandler,
  writeJournalHeader,
} from 'codegraph-journal'

const require = createRequire(import.meta.url)
const WORKERS = 4
const ENTRIES = 50

function checkExports() {
  for (const [esm, name] of [
    [imported, 'codegraph-journal'],
    [importedDir, 'codegraph-journal/dir'],
  ]) {
    const required = require(name)
    for (const key of Object.keys(required)) assert.equal(esm[key], required[key], `${key} of ${name}`)
    assert.equal(esm.JOURNAL_FILENAME, 'changes.journal')
  }
  assert.equal(readJournal, require('codegraph-journal').readJournal)
  assert.equal(journal, require('codegraph-journal'))
}

function checkRoundTrip(api, where, file) {
  assert.deepEqual(api.readJournal(where), { valid: false })
  api.appendJournalEntries(where, [{ file: 'a' }])
  assert.equal(fs.readFileSync(file, 'utf8'), '# codegraph-journal v1 0\na\n')
  api.appendJournalEntriesAndStampHeader(where, [{ file: 'ü', deleted: true }], 1700000000000)
  assert.deepEqual(api.readJournal(where), {
    valid: true,
    timestamp: 1700000000000,
    changed: ['a'],
    removed: ['ü'],
  })
  api.writeJournalHeader(where, 5)
  assert.equal(fs.readFileSync(file, 'utf8'), '# codegraph-journal v1 5\n')
}

function checkErrors(root) {
  assert.throws(() => appendJournalEntries(root, [{ file: 'a' }, null]), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_TYPE',
  })
  assert.throws(() => Journal.forRoot(root).append([{ file: 'a' }, { file: 'b\n' }]), {
    code: 'ERR_JOURNAL_INVALID_ENTRY',
    index: 1,
    file: 'b\n',
  })
  assert.throws(() => writeJournalHeader(root, NaN), { code: 'ERR_JOURNAL_INVALID_TIMESTAMP' })
  assert.throws(() => readJournal(5), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
}

function checkLeftOut(root) {
  const codes = []
  setWarningHandler(({ code }) => codes.push(code))
  appendJournalEntriesAndStampHeader(root, [{ file: 'a' }, { file: 'b\n' }, { file: 'c' }, { file: '#d' }], 5)
  setWarningHandler(undefined)
  assert.deepEqual(codes, ['ERR_JOURNAL_INVALID_ENTRY'])
  assert.deepEqual(readJournal(root).changed, ['a', 'c'])
}

async function checkAsync(root) {
  const files = Array.from({ length: 100 }, (_, index) => `f${index}`)
  await Promise.all(files.map((file) => appendJournalEntriesAsync(root, [{ file }])))
  const journal = Journal.forRoot(root)
  await journal.appendAndStampAsync([], 1700000000000)
  const position = await journal.markAsync()
  assert.deepEqual(journal.read(), { valid: true, timestamp: 1700000000000, changed: files, removed: [] })
  journal.append([{ file: 'later' }])
  assert.equal(await journal.checkpointAsync(position, 1700000000001), true)
  assert.deepEqual(journal.read().changed, ['later'])
  assert.equal(journal.holder(), undefined)
  assert.equal(journal.stats().writes, 4)

  await assert.rejects(journal.appendAsync([{ file: '#' }]), { code: 'ERR_JOURNAL_INVALID_ENTRY', index: 0 })
  const signal = AbortSignal.abort('why')
  await assert.rejects(journal.resetAsync(5, { signal }), { name: 'AbortError', code: 'ABORT_ERR', cause: 'why' })
}

async function checkThreads(root) {
  writeJournalHeader(root, 1)
  const workers = Array.from({ length: WORKERS }, (_, id) => {
    return new Worker(fileURLToPath(import.meta.url), { workerData: { root, id } })
  })
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  for (const worker of workers) worker.postMessage('go')
  const codes = await Promise.all(workers.map((worker) => once(worker, 'exit')))
  assert.deepEqual(codes.flat(), Array(WORKERS).fill(0))
  assert.equal(readJournal(root).changed.length, WORKERS * ENTRIES)
}

function work({ root, id }) {
  parentPort.postMessage('ready')
  parentPort.once('message', () => {
    for (let index = 0; index < ENTRIES; index++) {
      const entries = [{ file: `${id}/${index}` }]
      if (id % 2) appendJournalEntriesAndStampHeader(root, entries, 1700000000000 + index)
      else appendJournalEntriesAsync(root, entries)
    }
  })
}

async function main() {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-smoke-'))
  const at = (...names) => path.join(scratch, ...names)
  try {
    checkExports()
    checkRoundTrip(imported, at('root'), at('root', '.codegraph', JOURNAL_FILENAME))
    checkRoundTrip(importedDir, at('dir'), at('dir', JOURNAL_FILENAME))
    checkErrors(at('errors'))
    assert.equal(fs.existsSync(at('errors')), false)
    checkLeftOut(at('left-out'))
    await checkAsync(at('async'))
    await checkThreads(at('threads'))
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
  console.log(`smoke: Node ${process.version}, ${process.platform}-${process.arch}: fine`)
}

if (isMainThread) await main()
else work(workerData)

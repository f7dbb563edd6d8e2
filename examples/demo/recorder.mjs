// What codegraph loads in the demo in place of its own dist/domain/graph/journal.js: the five
// exports of codegraph-journal, each call recorded with what was asked, when, and what the journal
// held before and after it. audit.mjs judges the records. One file per process, one line per call.
import fs from 'node:fs'
import path from 'node:path'
import * as journal from 'codegraph-journal'
import * as checkpoints from './checkpoints.mjs'
import { look, now } from './look.mjs'

const { DEMO_CHECKPOINT, DEMO_RECORDS, DEMO_SABOTAGE } = process.env
const build = DEMO_CHECKPOINT ? checkpoints : journal
const file = fs.openSync(path.join(DEMO_RECORDS, `${process.pid}.jsonl`), 'a')
const record = (fields) => fs.writeSync(file, `${JSON.stringify({ pid: process.pid, ...fields })}\n`)

// The operating system's own list of loaded binaries, not the loader's word for it.
process.report.excludeNetwork = true
const { sharedObjects } = process.report.getReport()
record({ op: 'load', begin: now(), addons: sharedObjects.filter((name) => name.endsWith('.node')) })

function recorded(op, call) {
  return (rootDir, ...args) => {
    const before = look(rootDir)
    const begin = now()
    try {
      const result = call(rootDir, ...args)
      record({ op, args, result, begin, end: now(), looks: [before, look(rootDir)] })
      return result
    } catch (error) {
      record({ op, args, error: error.message, begin, end: now(), looks: [before, look(rootDir)] })
      throw error
    }
  }
}

// `--sabotage`: a journal module that drops every seventh entry, to show that the audit notices.
let count = 0
const forgetful =
  (append) =>
  (rootDir, entries, ...rest) =>
    append(
      rootDir,
      entries.filter(() => ++count % 7 !== 0),
      ...rest,
    )
const sabotaged = DEMO_SABOTAGE ? forgetful : (append) => append

export const { JOURNAL_FILENAME } = journal
export const readJournal = recorded('read', build.readJournal)
export const writeJournalHeader = recorded('reset', build.writeJournalHeader)
export const appendJournalEntries = recorded('append', sabotaged(journal.appendJournalEntries))
export const appendJournalEntriesAndStampHeader = recorded(
  'append',
  sabotaged(journal.appendJournalEntriesAndStampHeader),
)

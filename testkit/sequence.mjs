// Makes a sequence of calls on one journal, ordered by `faults.mjs`, and sends back what came of each.

import fs from 'node:fs'
import { stageFile } from './holder.mjs'
import { journalOf } from './place.mjs'
import { load } from './subjects.mjs'

/** A position's nonce is another one each time. */
const NONCE = /^# position [0-9a-f]{16}$/gm

/** Blanks that fill a page up before an entry that would lie over its end. */
const PADDING = /^ +\n/gm

function read(journal) {
  try {
    return fs.readFileSync(journal, 'utf8').replaceAll(NONCE, '# position (nonce)').replaceAll(PADDING, '')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** What a step can be, by name: the functions, their asynchronous twins, the methods of a `Journal`, and what others do to the files. */
function steps({ api, append, stamp, header, read }, root, options) {
  const journal = api.Journal?.forRoot(root, options)
  let position
  const methods = {
    append: (...args) => append(root, ...args),
    stamp: (...args) => stamp(root, ...args),
    header: (...args) => header(root, ...args),
    read: () => read(root),
    appendAsync: (...args) => api.appendJournalEntriesAsync(root, ...args),
    stampAsync: (...args) => api.appendJournalEntriesAndStampHeaderAsync(root, ...args),
    headerAsync: (...args) => api.writeJournalHeaderAsync(root, ...args),
    'Journal.checkpoint': (timestamp) => journal.checkpoint(position, timestamp),
    'Journal.checkpointAsync': (timestamp) => journal.checkpointAsync(position, timestamp),
    'Journal.mark': () => void (position = journal.mark()),
    'Journal.markAsync': async () => void (position = await journal.markAsync()),
    remove: () => fs.rmSync(journalOf(root)),
    chmod: (mode) => fs.chmodSync(journalOf(root), mode),
    lockfile: (text, ageMs) => stageFile(root, text, ageMs),
  }
  return ([name, ...args]) => {
    if (name in methods) return methods[name](...args)
    const [, method] = name.split('Journal.')
    return journal[method](...args)
  }
}

/** { step, value | error, ms, text }: `text` is the journal afterwards, unless it is of no use. */
async function result(run, root, [step, ...args], brief) {
  const report = { step }
  const start = performance.now()
  try {
    report.value = await run([step, ...args])
  } catch ({ code, syscall, path, message }) {
    report.error = { code, syscall, path, message }
  }
  report.ms = Math.round(performance.now() - start)
  if (!brief) report.text = read(journalOf(root))
  return report
}

process.once('message', async ({ subject, root, uid, options, sequence, brief }) => {
  const journal = await load(subject)
  const warnings = []
  journal.api.setWarningHandler?.(({ code, message }) => warnings.push({ code, message }))
  if (uid !== undefined) {
    process.setgroups([])
    process.setgid(uid)
    process.setuid(uid) // only now: that user need not be able to read this project
  }
  const run = steps(journal, root, options)
  process.once('message', async () => {
    const results = []
    for (const step of sequence) results.push(await result(run, root, step, brief))
    process.send({ results, warnings }, () => process.disconnect())
  })
  process.send({ pid: process.pid })
})

// codegraph's journal module, whose calls are recorded: in a file for each process, one line of JSON for each call. `record` puts it in the
// module's place.
import fs from 'node:fs'
import path from 'node:path'

const WRAPPED = [
  'readJournal',
  'appendJournalEntriesAndStampHeader',
  'markJournal',
  'checkpointJournal',
  'writeJournalHeader',
]

/** @param dist where codegraph's `domain/` is; its processes then write into the folder that `RECORDS` names */
export function record(dist) {
  const module = path.join(dist, 'domain/graph/journal.js')
  fs.renameSync(module, path.join(dist, 'domain/graph/journal-unrecorded.js'))
  const wrappers = WRAPPED.map(
    (name) => `export const ${name} = journal.${name} && ((...args) => recorded(${JSON.stringify(name)}, args))`,
  )
  fs.writeFileSync(
    module,
    `import fs from 'node:fs'
import * as journal from './journal-unrecorded.js'
export const { JOURNAL_FILENAME, appendJournalEntries } = journal
function recorded(name, args) {
  const begun = performance.now()
  const cpu = process.cpuUsage()
  // A build that may not trust the journal looks at all files: then it sees what the journal names, too.
  const named = name === 'readJournal' ? linesOf(args[0]) : []
  let error
  try {
    return journal[name](...args)
  } catch (thrown) {
    error = thrown.message
    throw thrown
  } finally {
    const ms = performance.now() - begun
    const used = process.cpuUsage(cpu)
    const files = name.startsWith('append') ? args[1].map(({ file }) => file) : named
    const call = { name, ms, cpuMs: (used.user + used.system) / 1000, files, error }
    fs.appendFileSync(\`\${process.env.RECORDS}/\${process.pid}.ndjson\`, JSON.stringify(call) + '\\n')
  }
}
function linesOf(root) {
  const journal = root + '/.codegraph/changes.journal'
  return fs.existsSync(journal) ? fs.readFileSync(journal, 'utf8').split('\\n').slice(1) : []
}
${wrappers.join('\n')}
`,
  )
}

/** The calls of all processes, each with its process. */
export function recordsOf(folder) {
  return fs.readdirSync(folder).flatMap((file) => {
    const lines = fs.readFileSync(path.join(folder, file), 'utf8').split('\n').filter(Boolean)
    return lines.map((line) => ({ pid: path.parse(file).name, ...JSON.parse(line) }))
  })
}

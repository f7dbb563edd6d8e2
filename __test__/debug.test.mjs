// `NODE_DEBUG=codegraph-journal`: the log of waits, take-overs, repeated writes and what the file system lacks.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { deadPid, stageFile, stageLockfile } from '../testkit/holder.mjs'
import { runNode } from '../testkit/node.mjs'
import { HEADER, journalOf, lockOf, test, writeJournal } from '../testkit/workspace.mjs'

const unix = describe.skipIf(process.platform === 'win32') // there a lockfile that nobody has open is no lock
const ON = { NODE_DEBUG: 'codegraph-journal' }

/** Every way to write one entry. */
const calls = {
  appendJournalEntries: `appendJournalEntries(root, [{ file: 'a' }])`,
  appendJournalEntriesAndStampHeader: `appendJournalEntriesAndStampHeader(root, [{ file: 'a' }], 5)`,
  writeJournalHeader: `writeJournalHeader(root, 5)`,
  'appendJournalEntries of dir': `dir.appendJournalEntries(root + '/.codegraph', [{ file: 'a' }])`,
  appendJournalEntriesAsync: `await appendJournalEntriesAsync(root, [{ file: 'a' }])`,
  writeJournalHeaderAsync: `await writeJournalHeaderAsync(root, 5)`,
  'Journal.append': `Journal.forRoot(root).append([{ file: 'a' }])`,
  'Journal.reset': `Journal.forRoot(root).reset(5)`,
  'Journal.checkpoint': `Journal.forRoot(root).checkpoint(null, 5)`,
  'Journal.checkpointAsync': `await Journal.forRoot(root).checkpointAsync(null, 5)`,
  'Journal.mark': `Journal.forRoot(root).mark()`,
  'Journal.markAsync': `await Journal.forRoot(root).markAsync()`,
}
const names = `Journal, appendJournalEntries, appendJournalEntriesAndStampHeader, appendJournalEntriesAsync, writeJournalHeader, writeJournalHeaderAsync`

const imports = `import { ${names} } from 'codegraph-journal'; import * as dir from 'codegraph-journal/dir'`

/** What a call prints: the lines of the debug log, without Node's prefix. */
async function log(root, call, options = {}) {
  const source = `${imports}\nconsole.log('calling')\n${call}`
  const { code, stderr } = await runNode(root, source, { env: ON, ...options })
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('CODEGRAPH-JOURNAL '))
    .map((line) => line.replace(/^CODEGRAPH-JOURNAL \d+: /, ''))
}

unix.each(Object.entries(calls))('%s', (_, call) => {
  const place = (root) => writeJournal(root, `${HEADER}5\nold\n`)

  test('logs nothing if nothing happened', async ({ root }) => {
    place(root)
    expect(await log(root, call)).toEqual([])
  })

  test('logs how long it waited', async ({ root }) => {
    place(root)
    stageLockfile(root, process.pid)
    const onLine = (line) => line === 'calling' && setTimeout(() => fs.unlinkSync(lockOf(root)), 200)
    const lines = await log(root, call, { onLine })
    expect(lines).toEqual([expect.stringMatching(/: waited \d+\.\d ms for the lock$/)])
    const [, path, ms] = lines[0].match(/^(.*): waited (\d+\.\d)/)
    expect(path).toBe(journalOf(root))
    expect(Number(ms)).toBeGreaterThan(20)
  })

  test('logs what it took over, and why', async ({ root }) => {
    place(root)
    stageLockfile(root, deadPid(), 1000)
    expect(await log(root, call)).toEqual([
      `${journalOf(root)}: took over the lockfile (1 in all): the process that it names is dead`,
    ])
  })

  test('logs nothing of all that without NODE_DEBUG', async ({ root }) => {
    place(root)
    stageLockfile(root, deadPid(), 1000)
    const source = `${imports}\n${call}`
    const env = { NODE_DEBUG: 'another' }
    expect(await runNode(root, source, { env })).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
  })
})

unix('a wait that times out', () => {
  test.for([
    `Journal.forRoot(root, { lockTimeoutMs: 50 }).append([{ file: 'a' }])`,
    `await Journal.forRoot(root, { lockTimeoutMs: 50 }).appendAsync([{ file: 'a' }])`,
  ])('is logged: %s', async (call, { root }) => {
    stageLockfile(root, process.pid)
    const lines = await log(root, `try { ${call} } catch {}`)
    expect(lines).toEqual([expect.stringMatching(/: timed out: Failed to acquire journal lock at .* within 50ms: /)])
  })
})

unix('why', () => {
  test.for([
    ['it is over 30 s old', () => `${process.pid}\n1-0123456789abcdef\n`, 31_000, 'it was over 30 s old'],
    ['it names nobody', () => '', 1000, 'it named no process for 0.5 s'],
  ])('a lockfile was stale: %s', async ([, content, age, why], { root }) => {
    stageFile(root, content(), age)
    const lines = await log(root, calls.appendJournalEntries)
    expect(lines).toEqual([`${journalOf(root)}: took over the lockfile (1 in all): ${why}`])
  })

  // As codegraph's own engine does.
  test.for(['appendJournalEntriesAsync(root, entries)', 'appendJournalEntries(root, entries)'])(
    'it was written again: %s',
    async (call, { root }) => {
      const source = `
        import { Worker } from 'node:worker_threads'
        const replacing = \`
          const fs = require('node:fs')
          const journal = require('node:worker_threads').workerData
          // A moment between two, or it would be in every attempt's way.
          setInterval(() => {
            fs.writeFileSync(journal + '.engine', '${HEADER}5\\\\n')
            fs.renameSync(journal + '.engine', journal)
          }, 1)
        \`
        const entries = [{ file: 'a' }]
        const worker = new Worker(replacing, { eval: true, execArgv: [], workerData: root + '/.codegraph/changes.journal' })
        const end = Date.now() + 2000
        while (Date.now() < end) await ${call}
        await worker.terminate()
      `
      writeJournal(root, `${HEADER}5\n`)
      const lines = await log(root, source)
      const again = lines.filter((line) => line.includes('wrote it again'))
      expect(again.length).toBeGreaterThan(0)
      for (const line of again) {
        expect(line).toMatch(/: wrote it again \(\d+ in all\): the journal was written without the lock$/)
      }
    },
  )
})

// With system calls that fail as on such a file system: `proof/steps/` does the same.
const strace = spawnSync('strace', ['-V']).status === 0
if (!strace) console.log('skipped: what the file system lacks, for there is no strace here')

describe.skipIf(!strace)('what the file system lacks', () => {
  test.for([
    ['link,linkat', 'EPERM', 'no hard links can be made; the lockfile is published by renaming a file'],
    [
      'flock',
      'ENOLCK',
      "the directory can't be locked; the lock of a writer that is killed may be free only after 30 s",
    ],
  ])('%s', async ([syscalls, error, what], { root }) => {
    const inject = [`--trace=${syscalls}`, `--inject=${syscalls}:error=${error}`]
    const command = ['strace', '--follow-forks', '--output=/dev/null', ...inject]
    const call = `${calls.appendJournalEntries}\n${calls.appendJournalEntriesAsync}`
    const lines = await log(root, call, { command })
    expect(lines).toEqual(Array(2).fill(`${journalOf(root)}: degraded: ${what}`)) // while the warning comes once
  })
})

// No call keeps the journal or the lockfile open: invariant 8 of ARCHITECTURE.md. By the kernel's own list, so on Linux only.

import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { Journal, thrown } from '../testkit/async.mjs'
import { stageLockfile } from '../testkit/holder.mjs'
import { journalDir, journalOf, test } from '../testkit/workspace.mjs'

const onLinux = describe.skipIf(process.platform !== 'linux')

/** What this process has open in the directory. */
function openIn(dir) {
  const targets = fs.readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return [] // the list's own descriptor
    }
  })
  return targets.filter((target) => target.startsWith(`${fs.realpathSync(dir)}/`))
}

onLinux('after a call', () => {
  test('the control: an open journal is seen', ({ root }) => {
    Journal.forRoot(root).reset(1)
    const file = fs.openSync(journalOf(root), 'r')
    expect(openIn(journalDir(root))).toEqual([fs.realpathSync(journalOf(root))])
    fs.closeSync(file)
  })

  test.for([false, true])('nothing is open, durable: %s', async (durable, { root }) => {
    const journal = Journal.forRoot(root, { durable })
    const entries = [{ file: 'a' }]
    journal.append(entries)
    journal.appendAndStamp(entries, 5)
    journal.appendAndStamp(entries, 1.5) // of another width: the journal is replaced
    const position = journal.mark()
    journal.checkpoint(position, 6)
    journal.read()
    journal.holder()
    await journal.appendAsync(entries)
    journal.reset(7)
    expect(openIn(journalDir(root))).toEqual([])
  })

  test('nor after one that failed', ({ root }) => {
    const journal = Journal.forRoot(root, { lockTimeoutMs: 0 })
    stageLockfile(root, process.pid)
    expect(thrown(() => journal.append([{ file: 'a' }])).code).toBe('ERR_JOURNAL_LOCK_TIMEOUT')
    fs.rmSync(`${journalOf(root)}.lock`)
    fs.mkdirSync(journalOf(root))
    expect(thrown(() => journal.append([{ file: 'a' }])).code).toBe('EISDIR')
    expect(openIn(journalDir(root))).toEqual([])
  })
})

// No call keeps the journal or the lockfile open: invariant 8 of ARCHITECTURE.md. By the kernel's own list, so on Linux only. And how many
// descriptors a write needs.

import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { Journal, thrown } from '../testkit/async.mjs'
import { stageLockfile } from '../testkit/holder.mjs'
import { runNode } from '../testkit/node.mjs'
import { HEADER, journalDir, journalOf, onlyJournal, test, tree } from '../testkit/workspace.mjs'

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

onLinux('a write in a process that has hardly any descriptors left', () => {
  const subjects = new URL('../testkit/subjects.mjs', import.meta.url)

  /** What each write says with so many free ones: 'ok', or the error's code. */
  async function withFree(free, name, root) {
    const { stdout, stderr } = await runNode(
      root,
      `import fs from 'node:fs'
      const { load } = await import(${JSON.stringify(String(subjects))})
      const journal = await load('${name}')
      journal.append(root + '/first', [{ file: 'a' }]) // what a process does once
      const writes = {
        append: (root) => journal.append(root, [{ file: 'a' }]),
        stamp: (root) => journal.stamp(root, [{ file: 'a' }], 1700000000001),
        header: (root) => journal.header(root, 1700000000001),
      }
      let warned
      const { write } = process.stderr
      process.stderr.write = (text) => (warned = text)
      const said = {}
      for (const [name, call] of Object.entries(writes)) {
        const place = root + '/' + name
        fs.mkdirSync(place + '/.codegraph', { recursive: true })
        fs.writeFileSync(place + '/.codegraph/changes.journal', '${HEADER}1700000000000\\nold\\n')
        const taken = []
        try {
          for (;;) taken.push(fs.openSync('/dev/null'))
        } catch {}
        for (let n = 0; n < ${free}; n++) fs.closeSync(taken.pop())
        warned = undefined
        try {
          call(place)
          said[name] = warned?.match(/E[A-Z]+/)[0] ?? 'ok'
        } catch ({ code }) {
          said[name] = code
        }
        for (const fd of taken) fs.closeSync(fd)
      }
      process.stderr.write = write
      console.log(JSON.stringify(said))`,
      { command: ['prlimit', '--nofile=64'] },
    )
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }

  const fine = { append: 'ok', stamp: 'ok', header: 'ok' }
  const none = { append: 'EMFILE', stamp: 'EMFILE', header: 'EMFILE' }

  test('needs two with the original', async ({ root }) => {
    expect(await withFree(2, 'original', root)).toEqual(fine)
  })

  test('needs three with ours, which leaves nothing behind with fewer', async ({ root }) => {
    expect(await withFree(3, 'root', `${root}/3`)).toEqual(fine)
    for (const free of [0, 1, 2]) {
      expect(await withFree(free, 'root', `${root}/${free}`)).toEqual(none)
      for (const name of Object.keys(none)) {
        expect(tree(`${root}/${free}/${name}`)).toEqual(onlyJournal(`${HEADER}1700000000000\nold\n`))
      }
    }
  })
})

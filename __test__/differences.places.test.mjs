// Something that is no regular file where the journal or the lockfile belongs: a clear error or
// a safe way round it, never a hang, never a write through it, nor a read of what is behind it.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { inChild } from '../testkit/in-child.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import { HEADER, journalDir, journalOf, lockOf, onlyJournal, test, tree, writeJournal } from '../testkit/workspace.mjs'

const entry = [{ file: 'a' }]
const victim = (root) => `${root}/victim`

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: devices, which only root can make')

// Each puts one thing at `path`; where a link leads is `victim`, which must stay as it is. What it returns looks afterwards.
const things = {
  'a symbolic link': (path, root) => {
    fs.writeFileSync(victim(root), `${HEADER}5\nprecious\n`)
    fs.symlinkSync(victim(root), path)
  },
  'a symbolic link to nothing': (path, root) => fs.symlinkSync(victim(root), path),
  'a fifo': (path) => void execFileSync('mkfifo', [path]),
  // With somebody at its other end: reading from it would be no wait, and take what is another's.
  'a fifo with a journal in it': (path) => {
    execFileSync('mkfifo', [path])
    const end = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NONBLOCK)
    const content = `${HEADER}5\nprecious\n`
    fs.writeSync(end, content)
    return () => {
      const buffer = Buffer.alloc(2 * content.length)
      const left = buffer.toString('utf8', 0, fs.readSync(end, buffer))
      fs.closeSync(end)
      expect(left).toBe(content)
    }
  },
  'a directory': (path) => fs.mkdirSync(path),
  // One that can be read without end, as `/dev/zero`.
  ...(isRoot && { 'a device': (path) => void execFileSync('mknod', [path, 'c', '1', '5']) }),
}

const writers = [
  ['append', [entry]],
  ['stamp', [entry, 7]],
  ['header', [7]],
]

const cases = Object.keys(things).flatMap((thing) =>
  ours.flatMap(({ name }) => writers.map(([method, args]) => [thing, name, method, args])),
)

function put(thing, path, root) {
  fs.mkdirSync(journalDir(root), { recursive: true })
  return things[thing](path, root) ?? (() => {})
}

const unix = describe.skipIf(process.platform === 'win32')

unix.concurrent('in place of the lockfile', () => {
  test.for(cases)('%s: %s %s times out', async ([thing, name, method, args], { root, expect }) => {
    const lookAgain = put(thing, lockOf(root), root)
    const before = tree(root)
    const { error, ms } = await inChild(name, method, [root, ...args])
    expect(error.code).toBe('ERR_JOURNAL_LOCK_TIMEOUT')
    expect(error.message).toContain(lockOf(root))
    expect(ms).toBeLessThan(10_000) // 5 s, and as many processes at once
    expect(tree(root)).toEqual(before)
    lookAgain()
  })
})

unix('in place of the journal', () => {
  // What a reader would find at the end of a fifo is up to whoever writes to it, some day.
  const unread = Object.keys(things).filter((thing) => !thing.includes('link'))
  test.for(unread.flatMap((thing) => ours.map(({ name }) => [thing, name])))(
    '%s: reading says invalid, %s',
    async ([thing, name], { root }) => {
      const lookAgain = put(thing, journalOf(root), root)
      const { value, ms } = await inChild(name, 'read', [root])
      expect(value).toEqual({ valid: false })
      expect(ms).toBeLessThan(1000)
      lookAgain()
    },
  )

  test('a symbolic link: the original appends to what it leads to', ({ root }) => {
    put('a symbolic link', journalOf(root), root)
    original.append(root, entry)
    expect(fs.readFileSync(victim(root), 'utf8')).toBe(`${HEADER}5\nprecious\na\n`)
  })

  test.for(cases)('%s: %s %s', async ([thing, name, method, args], { root }) => {
    const lookAgain = put(thing, journalOf(root), root)
    const before = tree(root)
    const { error, warnings, ms } = await inChild(name, method, [root, ...args])
    expect(ms).toBeLessThan(1000)
    lookAgain()
    // A reset puts a file of its own in place of anything but a directory; nobody writes to the thing itself.
    if (method === 'header' && thing !== 'a directory') {
      expect(error).toBe(undefined)
      expect(tree(root)).toEqual({ ...before, ...onlyJournal(`${HEADER}7\n`) })
    } else {
      const told = method === 'header' ? warnings[0] : error
      expect(told.message).toContain(journalOf(root))
      expect(tree(root)).toEqual(before)
    }
  })
})

unix('where the original keeps its temporary file', () => {
  // Anybody can guess that name, and a link there leads the original to overwrite what it likes.
  test('the original writes through a symbolic link', ({ root }) => {
    put('a symbolic link', `${journalOf(root)}.tmp`, root)
    original.header(root, 7)
    expect(fs.readFileSync(victim(root), 'utf8')).toBe(`${HEADER}7\n`)
  })

  test.for(Object.keys(things).flatMap((thing) => ours.map((journal) => [thing, journal])))(
    '%s is left alone by ours',
    ([thing, journal], { root }) => {
      writeJournal(root, `${HEADER}5\nold\n`)
      const lookAgain = put(thing, `${journalOf(root)}.tmp`, root)
      const { ['.codegraph/changes.journal']: _, ...others } = tree(root)
      journal.stamp(root, entry, 17)
      expect(tree(root)).toEqual({ ...others, ...onlyJournal(`${HEADER}17\nold\na\n`) })
      journal.header(root, 7)
      expect(tree(root)).toEqual({ ...others, ...onlyJournal(`${HEADER}7\n`) })
      lookAgain()
    },
  )
})

// A hard link is a second name for the same bytes: a snapshot's, say, which nobody expects to change.
unix('a journal with a second name', () => {
  const content = `${HEADER}5\nold\n`

  function snapshot(root) {
    writeJournal(root, content)
    fs.linkSync(journalOf(root), `${root}/snapshot`)
  }

  test('the original appends to both', ({ root }) => {
    snapshot(root)
    original.append(root, entry)
    expect(fs.readFileSync(`${root}/snapshot`, 'utf8')).toBe(`${content}a\n`)
  })

  test.for(ours)('ours leaves the other as it is, $name', (journal, { root }) => {
    const writes = [
      [() => journal.append(root, entry), `${content}a\n`],
      [() => journal.stamp(root, entry, 7), `${HEADER}7\nold\na\n`],
      [() => journal.header(root, 7), `${HEADER}7\n`],
    ]
    for (const [write, written] of writes) {
      snapshot(root)
      write()
      expect(tree(root)).toEqual({ ...onlyJournal(written), snapshot: content })
      fs.rmSync(`${root}/snapshot`)
    }
  })
})

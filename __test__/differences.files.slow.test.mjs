// Regular files in the place of the journal, the lockfile or a private file, that are huge or another user's: no read
// without bound, no wait without end, and nothing of somebody else's is touched.

import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { setAge } from '../testkit/holder.mjs'
import { inChild } from '../testkit/in-child.mjs'
import { ours } from '../testkit/subjects.mjs'
import { HEADER, journalDir, journalOf, lockOf, test, tree, writeJournal } from '../testkit/workspace.mjs'

const GIGABYTE = 2 ** 30

/** A pid that no process has: the largest one of Linux is 4,194,304. */
const DEAD = 2 ** 30
const PROMPT_MS = 1000
const entry = [{ file: 'a' }]
const isRoot = process.getuid?.() === 0

const unix = describe.skipIf(process.platform === 'win32')

/** Makes a file long: nothing of it is on the disk. */
const lengthen = (path) => fs.truncateSync(path, 3 * GIGABYTE)

/** Does not read it, for it would take as much memory. */
const isAsItWas = (path) => fs.statSync(path).size === 3 * GIGABYTE

describe.each(ours)('huge: $name', ({ name }) => {
  unix('the lockfile', () => {
    test('is nobody that is known: it is waited for, and left', async ({ root }) => {
      fs.mkdirSync(journalDir(root))
      fs.writeFileSync(lockOf(root), '1\n')
      lengthen(lockOf(root))
      setAge(lockOf(root), 60_000)
      const { error } = await inChild(name, 'append', [root, entry])
      expect(error.code).toBe('ERR_JOURNAL_LOCK_TIMEOUT')
      expect(isAsItWas(lockOf(root))).toBe(true)
    })
  })

  // Longer than V8's longest string, so that the original can't read it either.
  test.for([
    ['read', [], { value: { valid: false } }, 3 * GIGABYTE],
    ['append', [entry], {}, 3 * GIGABYTE + 3],
    ['stamp in place', [entry, 1700000000000], {}, 3 * GIGABYTE + 3],
    ['stamp', [entry, 5], { error: { code: 'EFBIG', syscall: 'read' } }, 3 * GIGABYTE],
    ['header', [5], {}, `${HEADER}5\n`.length],
  ])('the journal: %s', async ([method, args, result, size], { root }) => {
    writeJournal(root, `${HEADER}1600000000000\n`)
    lengthen(journalOf(root))
    const report = await inChild(name, method.split(' ')[0], [root, ...args])
    expect(report).toMatchObject(result)
    if (!result.error) expect(report.error).toBe(undefined)
    expect(report.ms).toBeLessThan(PROMPT_MS)
    expect(fs.statSync(journalOf(root)).size).toBe(size)
    expect(fs.existsSync(lockOf(root))).toBe(false)
  })
})

/** Another user's directory, and ours to write in, with other users' files in it: as the project of several people. */
describe.skipIf(!isRoot)("another user's (needs root, to be two users)", () => {
  const ME = 65534
  const OTHER = 12345

  function shared(root, path, content, mode) {
    fs.chmodSync(root, 0o755)
    fs.mkdirSync(journalDir(root), { recursive: true })
    fs.chmodSync(journalDir(root), 0o777)
    fs.writeFileSync(path, content)
    fs.chownSync(path, OTHER, OTHER)
    fs.chmodSync(path, mode)
  }

  const claim = '1\n9-0011223344556677\nnative v1 - 9 0\n'

  describe.each(ours)('$name', ({ name }) => {
    const append = (root) => inChild(name, 'append', [root, entry], { uid: ME })

    // Of a JS writer that is dead: taken over by a rename, as the original does it, but after its grace.
    test.concurrent.for([0o644, 0o666])(
      'lockfile of a dead writer, mode %o: taken over',
      async (mode, { root, expect }) => {
        shared(root, lockOf(root), `${DEAD}\n${DEAD}-0011223344556677\n`, mode)
        setAge(lockOf(root), 5_000)
        expect((await append(root)).error).toBe(undefined)
        expect(fs.existsSync(lockOf(root))).toBe(false)
      },
    )

    test('lockfile that may not be read: held until it is old', async ({ root }) => {
      shared(root, lockOf(root), claim, 0o600)
      const before = tree(root)
      expect((await append(root)).error.code).toBe('ERR_JOURNAL_LOCK_TIMEOUT')
      expect(tree(root)).toEqual(before)
      setAge(lockOf(root), 31_000)
      expect((await append(root)).error).toBe(undefined)
      expect(fs.existsSync(lockOf(root))).toBe(false)
    })

    test('stale lockfile in a sticky directory: left to those who may remove it', async ({ root }) => {
      shared(root, lockOf(root), `${DEAD}\n${DEAD}-0011223344556677\n`, 0o666)
      setAge(lockOf(root), 5_000)
      fs.chmodSync(journalDir(root), 0o1777)
      const before = tree(root)
      expect((await append(root)).error.code).toBe('ERR_JOURNAL_LOCK_TIMEOUT')
      expect(tree(root)).toEqual(before)
    })

    test('journal that may be read only: replaced, as by the stamps of the original', async ({ root }) => {
      shared(root, journalOf(root), `${HEADER}5\nold\n`, 0o644)
      expect((await append(root)).error).toBe(undefined)
      expect(fs.readFileSync(journalOf(root), 'utf8')).toBe(`${HEADER}5\nold\na\n`)
      expect(fs.statSync(journalOf(root)).uid).toBe(ME)
    })

    test('journal that may not be read: an error that names it, at once', async ({ root }) => {
      shared(root, journalOf(root), `${HEADER}5\nold\n`, 0o600)
      const before = tree(root)
      const { error, ms } = await append(root)
      expect(error).toMatchObject({ code: 'EACCES', path: journalOf(root) })
      expect(ms).toBeLessThan(PROMPT_MS)
      expect(tree(root)).toEqual(before)
    })

    test('private file that may not be removed: it stays', async ({ root }) => {
      const old = `${lockOf(root)}.9-0011223344556677.tmp`
      shared(root, old, 'x', 0o600)
      setAge(old, 60_000)
      fs.chmodSync(journalDir(root), 0o1777) // sticky: only its owner may
      expect((await append(root)).error).toBe(undefined)
      expect(fs.readFileSync(old, 'utf8')).toBe('x')
      expect(fs.readFileSync(journalOf(root), 'utf8')).toBe(`${HEADER}0\na\n`)
    })
  })
})

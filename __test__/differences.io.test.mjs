// What ours does when the system refuses: no entry is taken for written that is not, the journal stays
// as it was, and errors look like those of Node's fs.

import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import util from 'node:util'
import { describe, expect } from 'vitest'
import { inChild } from '../testkit/in-child.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import {
  HEADER,
  journalDir,
  journalOf,
  makeRoot,
  onlyJournal,
  removeRoot,
  test,
  tree,
  writeJournal,
} from '../testkit/workspace.mjs'

const NOBODY = 65534
const isRoot = process.getuid?.() === 0
const isUnix = process.platform !== 'win32'

const entry = [{ file: 'a' }]
const HEADER_5 = `${HEADER}5\n`

/** The four properties and the message, as Node's own errors have them. */
function expectLikeNode(error, code, path) {
  const [, text] = util.getSystemErrorMap().get(-os.constants.errno[code])
  expect(error).toMatchObject({ code, errno: -os.constants.errno[code], path })
  expect(error.syscall).toMatch(/^[a-z]+$/)
  expect(error.message).toBe(`${code}: ${text}, ${error.syscall} '${path}'`)
}

function thrownBy(call) {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('entries that could not be written', () => {
  // A directory in place of the journal: nothing can be renamed over it, whoever asks.
  function journalIsDirectory(root) {
    fs.mkdirSync(`${journalOf(root)}/inside`, { recursive: true })
    return tree(root)
  }

  test('the original does not stamp, and returns', async ({ root }) => {
    journalIsDirectory(root)
    const { error, stderr } = await inChild('original', 'stamp', [root, entry, 5])
    expect(error).toBe(undefined)
    expect(stderr).toContain('Failed to update journal')
  })

  test.for(ours)('ours throws, $name', (journal, { root }) => {
    const before = journalIsDirectory(root)
    for (const write of [() => journal.append(root, entry), () => journal.stamp(root, entry, 5)]) {
      expect(thrownBy(write).message).toContain(journalOf(root))
      expect(tree(root)).toEqual(before)
    }
  })

  test.for([original, ...ours])('an unwritten header warns and returns, $name', async ({ name }, { root }) => {
    const before = journalIsDirectory(root)
    const { error, value, stderr, warnings } = await inChild(name, 'header', [root, 5])
    expect(error).toBe(undefined)
    expect(value).toBe(undefined)
    // Ours go to the handler of the child; `warnings.test.mjs` has what is printed without one.
    const told = name === 'original' ? stderr : warnings.map(({ message }) => message).join('\n')
    expect(told).toContain('journal header')
    expect(told).toContain(journalOf(root))
    expect(told.trim().split('\n')).toHaveLength(1)
    expect(tree(root)).toEqual(before)
  })
})

describe.skipIf(!isUnix)('a file in place of the directory', () => {
  const blocked = (root) => fs.writeFileSync(journalDir(root), 'a file')

  test('the original fails to make it', ({ root }) => {
    blocked(root)
    expectLikeNode(
      thrownBy(() => original.append(root, entry)),
      'EEXIST',
      journalDir(root),
    )
  })

  test.for(ours)('ours fails to use it, $name', (journal, { root }) => {
    blocked(root)
    for (const write of [() => journal.append(root, entry), () => journal.stamp(root, entry, 5)]) {
      const error = thrownBy(write)
      expect(error.path.startsWith(journalDir(root))).toBe(true)
      expectLikeNode(error, error.code, error.path)
    }
    expect(tree(root)).toEqual({ '.codegraph': 'a file' })
  })
})

describe.skipIf(!isUnix)('a journal that may not be read', () => {
  // Root may read everything, so it lets somebody else try.
  const uid = isRoot ? NOBODY : undefined

  function unreadable(root) {
    writeJournal(root, `${HEADER_5}old\n`)
    fs.chmodSync(journalOf(root), 0o222)
    for (const path of [root, journalDir(root), journalOf(root)]) {
      if (isRoot) fs.chownSync(path, NOBODY, NOBODY)
    }
  }

  test('the original drops its entries', async ({ root }) => {
    unreadable(root)
    await inChild('original', 'stamp', [root, entry, 7], { uid })
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}7\na\n`))
  })

  test.for(ours)('ours throws and leaves it, $name', async ({ name }, { root }) => {
    unreadable(root)
    const { error } = await inChild(name, 'stamp', [root, entry, 7], { uid })
    expectLikeNode(error, 'EACCES', journalOf(root))
    fs.chmodSync(journalOf(root), 0o644)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER_5}old\n`))
  })
})

describe.skipIf(!isUnix)('a directory that may not be written', () => {
  const uid = isRoot ? NOBODY : undefined

  test.for(ours)('every writer of entries throws, $name', async ({ name }, { root }) => {
    writeJournal(root, `${HEADER_5}old\n`)
    fs.chmodSync(root, 0o755)
    fs.chmodSync(journalDir(root), 0o555)
    const appended = await inChild(name, 'append', [root, entry], { uid })
    const stamped = await inChild(name, 'stamp', [root, entry, 7], { uid })
    fs.chmodSync(journalDir(root), 0o755)
    for (const { error } of [appended, stamped]) {
      expect(error.path.startsWith(journalOf(root))).toBe(true)
      expectLikeNode(error, 'EACCES', error.path)
    }
    expect(tree(root)).toEqual(onlyJournal(`${HEADER_5}old\n`))
  })
})

// A limit on the size of files: the first write over it is cut short, the next one fails.
describe.skipIf(!isUnix)('a write cut short', () => {
  const fileBlocks = 8
  const limit = fileBlocks * 512
  const nearlyFull = `${HEADER}1600000000000\n${'x'.repeat(limit - 100)}\n`
  const tooMuch = Array.from({ length: 20 }, (_, index) => ({ file: `src/file-${index}.ts` }))

  test('the original leaves a torn line', async ({ root }) => {
    writeJournal(root, nearlyFull)
    const { error } = await inChild('original', 'append', [root, tooMuch], { fileBlocks })
    expect(error.code).toBe('EFBIG')
    expect(fs.statSync(journalOf(root)).size).toBe(limit)
  })

  test('the original takes a stamp for written', async ({ root }) => {
    writeJournal(root, nearlyFull)
    const args = [root, tooMuch, 1700000000000]
    const { error } = await inChild('original', 'stamp', args, { fileBlocks })
    expect(error).toBe(undefined)
    expect(tree(root)).toEqual(onlyJournal(nearlyFull))
  })

  const calls = {
    append: ['append', [tooMuch]],
    'stamp in place': ['stamp', [tooMuch, 1700000000000]],
    'stamp of another width': ['stamp', [tooMuch, 5]],
  }
  const cases = ours.flatMap(({ name }) => Object.entries(calls).map(([how, call]) => [name, how, call]))

  test.for(cases)('%s throws and cuts it off again, %s', async ([name, , [method, args]], { root }) => {
    writeJournal(root, nearlyFull)
    const { error } = await inChild(name, method, [root, ...args], { fileBlocks })
    expectLikeNode(error, 'EFBIG', error.path)
    expect(error.path.startsWith(journalOf(root))).toBe(true)
    expect(tree(root)).toEqual(onlyJournal(nearlyFull))
  })

  test.for(ours)('the next call finds nothing in its way, $name', async (journal, { root }) => {
    writeJournal(root, nearlyFull)
    await inChild(journal.name, 'append', [root, tooMuch], { fileBlocks })
    journal.append(root, entry)
    expect(tree(root)).toEqual(onlyJournal(`${nearlyFull}a\n`))
  })
})

/** Whether this user may, here: not even root may in some containers. */
function canMount() {
  if (process.platform !== 'linux' || !isRoot) return false
  const root = makeRoot()
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', root], { encoding: 'utf8' })
  if (status === 0) execFileSync('umount', [root])
  else console.warn(`root may not mount here: ${stderr}`)
  removeRoot(root)
  return status === 0
}

describe.skipIf(!canMount())('a file system of its own (needs root, to mount it)', () => {
  async function onTmpfs(root, options, body) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', root])
    try {
      await body()
    } finally {
      execFileSync('umount', [root])
    }
  }

  // Fills it but for `pages` pages.
  function fill(root, pages) {
    const { bavail, bsize } = fs.statfsSync(root)
    fs.writeFileSync(`${root}/ballast`, Buffer.alloc((bavail - pages) * bsize))
  }

  const page = 4096
  const full = `${HEADER}1600000000000\n`.padEnd(page - 1, 'x') + '\n'
  const calls = [
    ['append', [entry]],
    ['stamp', [entry, 1700000000000]],
    ['stamp', [entry, 5]],
  ]
  const cases = ours.flatMap(({ name }) => calls.map(([method, args]) => [name, method, args]))

  test('the original waits for a lockfile that it has no room for, and throws a timeout', async ({ root }) => {
    await onTmpfs(root, 'size=256k', async () => {
      writeJournal(root, full)
      fill(root, 0)
      const inVain = [...calls, ['header', [5]]].map(([method, args]) => inChild('original', method, [root, ...args]))
      for (const { error, ms } of await Promise.all(inVain)) {
        expect(error.message).toContain('Failed to acquire journal lock')
        expect(error.code).toBe(undefined)
        expect(ms).toBeGreaterThan(4900)
      }
    })
  })

  // 0: not even a lockfile can be written; 1: that, but no entry.
  describe.each([0, 1])('full but for %d pages', (pages) => {
    test.for(cases)('%s %s throws', async ([name, method, args], { root }) => {
      await onTmpfs(root, 'size=256k', async () => {
        writeJournal(root, full)
        fill(root, pages)
        const { error, ms } = await inChild(name, method, [root, ...args])
        expectLikeNode(error, 'ENOSPC', error.path)
        expect(error.path.startsWith(journalOf(root))).toBe(true)
        expect(ms).toBeLessThan(1000) // and not at the end of a wait
        fs.rmSync(`${root}/ballast`)
        expect(tree(root)).toEqual(onlyJournal(full))
      })
    })

    test.for(ours)('a header warns and returns, $name', async ({ name }, { root }) => {
      await onTmpfs(root, 'size=256k', async () => {
        writeJournal(root, full)
        fill(root, pages)
        const { error, warnings } = await inChild(name, 'header', [root, 5])
        expect(error).toBe(undefined)
        expect(warnings).toHaveLength(1)
        expect(warnings[0].message).toContain('ENOSPC')
        fs.rmSync(`${root}/ballast`)
        expect(tree(root)).toEqual(onlyJournal(full))
      })
    })
  })

  test.for(cases)('read-only: %s %s throws', async ([name, method, args], { root }) => {
    await onTmpfs(root, 'size=256k', async () => {
      writeJournal(root, full)
      execFileSync('mount', ['-o', 'remount,ro', root])
      const { error } = await inChild(name, method, [root, ...args])
      expectLikeNode(error, 'EROFS', error.path)
      expect(tree(root)).toEqual(onlyJournal(full))
    })
  })

  test.for(ours)('read-only: a header warns and returns, reading works, $name', async ({ name }, { root }) => {
    await onTmpfs(root, 'size=256k', async () => {
      writeJournal(root, `${HEADER_5}old\n`)
      execFileSync('mount', ['-o', 'remount,ro', root])
      const header = await inChild(name, 'header', [root, 7])
      expect(header.error).toBe(undefined)
      expect(header.warnings.map(({ message }) => message)).toEqual([expect.stringContaining('EROFS')])
      const { value } = await inChild(name, 'read', [root])
      expect(value).toMatchObject({ valid: true, timestamp: 5, changed: ['old'] })
    })
  })
})

describe('what is torn or odd', () => {
  test('the original glues a new entry to a torn line', ({ root }) => {
    writeJournal(root, `${HEADER_5}to`)
    original.append(root, entry)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER_5}toa\n`))
  })

  test.for(ours)('ours ends the torn line first, $name', (journal, { root }) => {
    writeJournal(root, `${HEADER_5}to`)
    journal.append(root, entry)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER_5}to\na\n`))
    writeJournal(root, `${HEADER}5`)
    journal.append(root, entry)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER_5}a\n`))
  })

  // What a JS writer leaves that is killed while it makes the journal, and a power failure.
  test('the original puts an entry in the place of the header that an empty journal lacks, and drops it', ({
    root,
  }) => {
    writeJournal(root, '')
    original.append(root, entry)
    expect(tree(root)).toEqual(onlyJournal('a\n'))
    original.stamp(root, [], 7)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}7\n`))
  })

  test.for(ours)('ours puts the placeholder header there, $name', (journal, { root }) => {
    writeJournal(root, '')
    journal.append(root, entry)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\na\n`))
    expect(journal.read(root)).toStrictEqual({ valid: false })
    journal.stamp(root, [], 7)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}7\na\n`))
    writeJournal(root, '')
    journal.append(root, [])
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\n\n`))
  })

  // What ext4 shows of an append whose bytes were not on the disk yet when the power failed.
  test('the original reads NULs as a name', ({ root }) => {
    writeJournal(root, `${HEADER_5}a\n\0\0\0`)
    expect(original.read(root)).toMatchObject({ valid: true, changed: ['a', '\0\0\0'] })
  })

  test.for(ours)('ours call the journal invalid until it is reset, $name', (journal, { root }) => {
    writeJournal(root, `${HEADER_5}a\n\0\0\0`)
    expect(journal.read(root)).toStrictEqual({ valid: false })
    journal.stamp(root, entry, 7)
    expect(journal.read(root)).toStrictEqual({ valid: false })
    journal.header(root, 9)
    expect(journal.read(root)).toMatchObject({ valid: true, timestamp: 9, changed: [] })
  })

  const otherRadices = ['0x10', '0X1f', '0o17', '0O17', '0b11', '0B11', ' 0x10 ']

  test.for(otherRadices)('the original reads the timestamp %j', (timestamp, { root }) => {
    writeJournal(root, `${HEADER}${timestamp}\na\n`)
    expect(original.read(root)).toMatchObject({ valid: true, timestamp: Number(timestamp), changed: ['a'] })
  })

  test.for(ours.flatMap((journal) => otherRadices.map((timestamp) => [journal.name, timestamp, journal])))(
    'ours, %s, call a journal with the timestamp %j invalid until it is stamped',
    ([, timestamp, journal], { root }) => {
      writeJournal(root, `${HEADER}${timestamp}\na\n`)
      expect(journal.read(root)).toStrictEqual({ valid: false })
      journal.stamp(root, [], 7)
      expect(journal.read(root)).toMatchObject({ valid: true, timestamp: 7, changed: ['a'] })
    },
  )

  const bytes = Buffer.concat([Buffer.from(HEADER_5), Buffer.from('a\xff\xc3\n\xe2\x82', 'latin1')])

  test('the original rewrites bytes that are no UTF-8', ({ root }) => {
    writeJournal(root, bytes)
    original.stamp(root, [], 7)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}7\na\ufffd\ufffd\n\ufffd\n`))
  })

  test.for(ours)('ours keeps them, in place or not, $name', (journal, { root }) => {
    const kept = bytes.subarray(HEADER_5.length)
    for (const timestamp of [7, 1700000000000]) {
      writeJournal(root, bytes)
      journal.stamp(root, entry, timestamp)
      expect(fs.readFileSync(journalOf(root))).toEqual(
        Buffer.concat([Buffer.from(`${HEADER}${timestamp}\n`), kept, Buffer.from('\na\n')]),
      )
    }
  })
})

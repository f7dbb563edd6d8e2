// What is of Windows alone: the lock is an open handle there, and names go away later than on Unix.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { setAge, stageFile } from '../testkit/holder.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import {
  HEADER,
  journalDir,
  journalOf,
  lockOf,
  makeRoot,
  onlyJournal,
  removeRoot,
  test,
  tree,
  writeJournal,
} from '../testkit/workspace.mjs'
import { race } from '../testkit/writers.mjs'

const { Journal } = ours[0].api
const EVERYBODY = '*S-1-1-0'
const entry = [{ file: 'a' }]

const deny = (dir) => execFileSync('icacls', [dir, '/deny', `${EVERYBODY}:(WD)`])
const allow = (dir) => execFileSync('icacls', [dir, '/remove:d', EVERYBODY])

/** Whether a file can be made read-only for this user: root under Wine may write to every file. */
function canMakeReadOnly() {
  if (process.platform !== 'win32') return false
  const root = makeRoot()
  try {
    fs.writeFileSync(`${root}/file`, '')
    fs.chmodSync(`${root}/file`, 0o444)
    fs.closeSync(fs.openSync(`${root}/file`, 'r+'))
    console.warn('this user may write to read-only files')
    return false
  } catch ({ code }) {
    return code === 'EPERM'
  } finally {
    fs.chmodSync(`${root}/file`, 0o666)
    removeRoot(root)
  }
}

/** Whether a directory can be denied to this user, here: Wine does as if. */
function canDeny() {
  if (process.platform !== 'win32') return false
  const root = makeRoot()
  try {
    deny(root)
    fs.writeFileSync(`${root}/denied`, '')
    console.warn('no directory can be denied to this user here')
    return false
  } catch ({ code }) {
    return code === 'EPERM'
  } finally {
    allow(root)
    removeRoot(root)
  }
}

/** Each writing function of ours throws that access to the lockfile is denied: after half a second, and not after the 5 s of a wait. */
function expectDenied(root) {
  for (const journal of ours) {
    const writes = [
      () => journal.append(root, entry),
      () => journal.stamp(root, entry, 7),
      () => journal.header(root, 7),
    ]
    for (const write of writes) {
      const { error, ms } = thrownBy(write)
      expect(error).toMatchObject({ code: 'EPERM', syscall: 'open', path: lockOf(root) })
      expect(ms).toBeLessThan(2500)
    }
  }
}

function thrownBy(call) {
  const begun = performance.now()
  try {
    call()
  } catch (error) {
    return { error, ms: performance.now() - begun }
  }
  throw new Error('nothing was thrown')
}

describe.skipIf(process.platform !== 'win32')('Windows', () => {
  test('waits for a native writer on Unix, which has no handle here', ({ root }) => {
    const claim = '1\n77-0123456789abcdef\nnative v1 - 77 4026531836 77-0123456789abcdef'.padEnd(223) + '\n'
    stageFile(root, claim)
    const journal = Journal.forRoot(root, { lockTimeoutMs: 300 })
    const { error } = thrownBy(() => journal.append(entry))
    expect(error.code).toBe('ERR_JOURNAL_LOCK_TIMEOUT')
    expect(error.holder).toMatchObject({ pid: 77, native: true })
    expect(fs.readFileSync(lockOf(root), 'utf8')).toBe(claim)
    setAge(lockOf(root), 31_000)
    journal.append(entry)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\na\n`))
  })

  // A JS writer throws whatever is not EEXIST.
  test(
    'lets a JS writer make its lockfile as soon as a native writer has released its own',
    { timeout: 60_000 },
    async ({ root }) => {
      fs.mkdirSync(journalDir(root))
      const codes = {}
      let made = 0
      const enter = () => {
        try {
          const file = fs.openSync(lockOf(root), 'wx')
          fs.unlinkSync(lockOf(root))
          fs.closeSync(file)
          made++
        } catch ({ code }) {
          codes[code] = (codes[code] ?? 0) + 1
        }
      }
      const orders = Array.from({ length: 2 }, () => ({ subject: 'root', entries: 100, pauseMs: 1 }))
      const writers = await race(root, orders, async (running) => {
        while (running.some(({ isDone }) => !isDone)) {
          enter()
          await turn()
        }
      })
      console.log(`${made} lockfiles made beside native writers; refused: ${JSON.stringify(codes)}`)
      expect(writers.flatMap(({ errors }) => errors)).toEqual([])
      expect(made).toBeGreaterThan(10)
      expect(Object.keys(codes).filter((code) => code !== 'EEXIST')).toEqual([])
    },
  )

  test.skipIf(!canMakeReadOnly())('fails soon where the lockfile may not be written', ({ root }) => {
    writeJournal(root, `${HEADER}5\nold\n`)
    stageFile(root, '')
    fs.chmodSync(lockOf(root), 0o444)
    try {
      expectDenied(root)
      // A checkpoint never makes a build fail.
      const warnings = []
      ours[0].api.setWarningHandler(({ code }) => warnings.push(code))
      expect(ours[0].checkpoint(root, null, 7)).toBe(false)
      expect(warnings).toEqual(['EPERM'])
    } finally {
      ours[0].api.setWarningHandler(undefined)
      fs.chmodSync(lockOf(root), 0o666)
    }
    expect(fs.readFileSync(journalOf(root), 'utf8')).toBe(`${HEADER}5\nold\n`)
  })

  test.skipIf(!canDeny())('fails soon where a directory may not be written', ({ root }) => {
    writeJournal(root, `${HEADER}5\nold\n`)
    deny(journalDir(root))
    try {
      const writes = [() => original.append(root, entry), () => original.header(root, 7)]
      for (const write of writes) expect(thrownBy(write).error.code).toBe('EPERM')
      expectDenied(root)
    } finally {
      allow(journalDir(root))
    }
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}5\nold\n`))
  })
})

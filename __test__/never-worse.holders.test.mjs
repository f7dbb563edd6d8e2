// Holders of the lock that stand still, die, or come too late: others get in no later than with the original, or soon after.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished } from 'vitest'
import { Journal, thrown } from '../testkit/async.mjs'
import { startFaulty } from '../testkit/faults.mjs'
import { PATIENCE_MS, nativeClaim, setAge, stageFile, stoppedInside, untilLocked } from '../testkit/holder.mjs'
import { expectFine } from '../testkit/never-worse.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import {
  HEADER,
  domainOf,
  isReusable,
  journalDir,
  journalOf,
  lockOf,
  onlyJournal,
  reusableOf,
  test,
  tree,
  writeJournal,
} from '../testkit/workspace.mjs'

const T = 1_700_000_000_000
const STALE = 31_000
const GRACE = 500
/** How long a kernel lock is waited for whose holder does nothing. */
const STUCK = 1000
const SLACK = 1500
const entry = (file) => [{ file }]

// By flock(1), strace and /proc.
const linux = describe.skipIf(process.platform !== 'linux')

function timed(call) {
  const start = performance.now()
  call()
  return performance.now() - start
}

/** Somebody who has the kernel lock of the directory, and does nothing: a stranger, or a child that was forked inside the lock. */
async function lockedByAnother(root) {
  const holder = spawn('flock', ['--no-fork', journalDir(root), 'sleep', '60'], { stdio: 'inherit' })
  onTestFinished(async () => {
    holder.kill()
    if (holder.exitCode === null && holder.signalCode === null) await once(holder, 'exit')
  })
  await untilLocked(journalDir(root))
}

linux("another's kernel lock on the directory", () => {
  test.for(ours)('is waited for a second, and only once: $name', async (journal, { root }) => {
    journal.header(root, T)
    await lockedByAnother(root)
    const first = timed(() => journal.append(root, entry('a')))
    expect(first).toBeGreaterThanOrEqual(STUCK)
    expect(first).toBeLessThan(STUCK + SLACK)
    expect(timed(() => journal.append(root, entry('b')))).toBeLessThan(STUCK)
    expect(journal.read(root).changed).toEqual(['a', 'b'])
    expect(fs.existsSync(lockOf(root))).toBe(false)
  })

  test('is waited for no longer than half of the timeout', async ({ root }) => {
    ours[0].header(root, T)
    await lockedByAnother(root)
    const journal = Journal.forRoot(root, { lockTimeoutMs: STUCK })
    expect(timed(() => journal.append(entry('a')))).toBeLessThan(STUCK)
    expect(journal.read().changed).toEqual(['a'])
  })
})

linux('a native writer that was stopped inside, 30 s ago', () => {
  test.for([original, ...ours])('keeps nobody out, and loses nothing: $name', async (journal, { root }) => {
    const stopped = await stoppedInside(root, 'root')
    try {
      setAge(lockOf(root), STALE)
      expect(timed(() => journal.append(root, entry('next')))).toBeLessThan(STUCK + SLACK)
      const before = stopped.acknowledged().length
      stopped.resume()
      const deadline = performance.now() + PATIENCE_MS
      while (stopped.acknowledged().length === before && performance.now() < deadline) await sleep(2)
      expect(stopped.acknowledged().length).toBeGreaterThan(before)
    } finally {
      await stopped.kill()
    }
    const lines = new Set(fs.readFileSync(journalOf(root), 'utf8').split('\n'))
    expect([...stopped.acknowledged(), 'next'].filter((line) => !lines.has(line))).toEqual([])
  })
})

linux('a native writer that was killed inside', () => {
  async function killedInside(root) {
    const holder = await stoppedInside(root, 'root')
    await holder.kill()
    return holder.acknowledged()
  }

  function expectNext(journal, root, acknowledged) {
    const { changed } = journal.read(root)
    expect(changed).toEqual(expect.arrayContaining([...acknowledged, 'next']))
    expect(fs.existsSync(lockOf(root))).toBe(false)
  }

  test.for(ours)('whose child has the kernel lock still: $name', async (journal, { root }) => {
    const acknowledged = await killedInside(root)
    await lockedByAnother(root)
    expect(timed(() => journal.append(root, entry('next')))).toBeLessThan(STUCK + SLACK)
    expectNext(journal, root, acknowledged)
  })

  // A container that is started again has its overlayfs under another device number.
  test.for(ours)('before the file system was mounted anew: $name', async (journal, { root }) => {
    const acknowledged = await killedInside(root)
    const here = domainOf(root)
    const there = here.replace(/:[0-9a-f]+:/, ':7777:')
    fs.renameSync(reusableOf(root), reusableOf(root, there))
    const text = fs.readFileSync(lockOf(root), 'latin1')
    expect(text).toContain(` ${here} `)
    stageFile(root, text.replace(here, there))
    const ms = timed(() => journal.append(root, entry('next')))
    expect(ms).toBeGreaterThan(GRACE - 50)
    expect(ms).toBeLessThan(SLACK)
    expectNext(journal, root, acknowledged)
  })
})

// A JS writer that stands still between making its lockfile and stamping it stamps what a native writer has put there meanwhile. In a
// container both have short pids, and then the stamp covers two lines of the claim, and no more.
linux('a late stamp over the claim of a native writer', () => {
  const SHORT = 9
  const stamp = '1\n1-0123456789abcdef\n'
  const staged = (root) => nativeClaim(SHORT, domainOf(root))

  test('the control: the claim alone is of a dead one', ({ root }) => {
    writeJournal(root, `${HEADER}${T}\n`)
    stageFile(root, staged(root))
    expect(timed(() => ours[0].append(root, entry('a')))).toBeLessThan(GRACE)
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}${T}\na\n`))
  })

  test('is the JS writer’s, who is waited for', ({ root }) => {
    writeJournal(root, `${HEADER}${T}\n`)
    const claim = staged(root)
    expect(claim.indexOf('native')).toBe(stamp.length)
    stageFile(root, stamp + claim.slice(stamp.length))
    const before = tree(root)
    const journal = Journal.forRoot(root, { lockTimeoutMs: 3 * GRACE })
    const { code, holder } = thrown(() => journal.append(entry('a')))
    expect([code, holder.pid, holder.native]).toEqual(['ERR_JOURNAL_LOCK_TIMEOUT', 1, false])
    expect(tree(root)).toEqual(before)
  })
})

linux('no descriptor left, from any opening of a call on', () => {
  async function made(root, step, faults, trace) {
    writeJournal(root, `${HEADER}${T}\nold\n`)
    const { go } = await startFaulty({ subject: 'root', root, sequence: [step], brief: true }, { faults, trace })
    const { results, calls } = await go()
    const { '.codegraph/changes.journal': text, ...others } = tree(root)
    return { error: results[0].error, calls: calls.length, text, others: Object.keys(others) }
  }

  const steps = [
    ['append', entry('a')],
    ['stamp', entry('a'), T + 1],
  ]
  test.for(steps)('%s: no lockfile stays, and what is acknowledged is there', async (step, { root }) => {
    const control = await made(`${root}/control`, step, [], 'openat')
    expect(control.error).toBe(undefined)
    expect(control.text).toContain('\na\n')
    const nth = Array.from({ length: control.calls }, (_, index) => index + 1)
    const results = await Promise.all(nth.map((n) => made(`${root}/${n}`, step, [`openat:error=EMFILE:when=${n}+`])))
    for (const { error, text, others } of results) {
      expect(others).toEqual(['.codegraph'])
      expect([error?.code, text]).toEqual(
        text === control.text ? [undefined, control.text] : ['EMFILE', `${HEADER}${T}\nold\n`],
      )
    }
    expect(results[0].error?.code).toBe('EMFILE')
  })
})

// AppArmor and SELinux may say EACCES for pid 1, and the JS module takes that for dead.
linux('a process that may signal nobody', () => {
  const claimAfter = async (root, faults) => {
    writeJournal(root, `${HEADER}${T}\n`)
    const { pid, go } = await startFaulty({ subject: 'root', root, sequence: [['append', entry('a')]] }, { faults })
    expectFine('ours', await go())
    const name = fs.readdirSync(journalDir(root)).find(isReusable)
    const claim = fs.readFileSync(`${journalDir(root)}/${name}`, 'latin1')
    return { pid, claim, first: Number(claim.split('\n', 1)[0]) }
  }

  test('the control: line 1 is pid 1', async ({ root }) => {
    const { claim, first } = await claimAfter(root, [])
    expect(first).toBe(1)
    expect(claim).not.toContain('first=')
  })

  test('names itself', async ({ root }) => {
    const { pid, claim, first } = await claimAfter(root, ['kill:error=EACCES'])
    expect(first).toBe(pid)
    expect(claim).toContain(` first=${pid}`)
  })

  test('names its session where it may signal that', async ({ root }) => {
    const { pid, claim, first } = await claimAfter(root, ['kill:error=EACCES:when=1'])
    const session = Number(fs.readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[3])
    expect(first).toBe(session > 0 ? session : pid)
    expect(claim).toContain(` first=${first}`)
  })
})

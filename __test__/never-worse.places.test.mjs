// Places that the original gets along with: leftovers of a clock that was set back, a copy made of hard links, a mount whose modes are fixed. The
// control is the original in the same place.

import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { account } from '../testkit/account.mjs'
import { startFaulty, underFaults } from '../testkit/faults.mjs'
import { deadPid, jsClaim, nativeClaim, setAge, stageLockfile, stoppedInside } from '../testkit/holder.mjs'
import { expectFine, expectNeverWorse } from '../testkit/never-worse.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import { journalDir, lockOf, makeRoot, removeRoot, test } from '../testkit/workspace.mjs'
import { race } from '../testkit/writers.mjs'

const T = 1_700_000_000_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const STALE = 31_000
const GRACE = 500
const ABOUT_A_SECOND = 1500
const entries = [{ file: 'a' }]

const unix = describe.skipIf(process.platform === 'win32')

/** Three native writers at once; there may be other files beside the journal. */
async function expectNothingLost(root) {
  const writers = await race(root, Array(3).fill({ subject: 'root', entries: 1000 }))
  expect(writers.flatMap(({ errors }) => errors)).toEqual([])
  const { acknowledged, lost, unasked, turns } = account(root, writers)
  expect(acknowledged).toBe(3000)
  expect([lost, unasked]).toEqual([[], []])
  expect(turns).toBeGreaterThan(10)
}

unix('a lockfile from the future, for the clock was set back since', () => {
  const ages = { 'a minute old': MINUTE, 'from the future': -HOUR }
  const cases = Object.entries(ages).flatMap(([when, age]) => [
    [`of a dead JS writer, ${when}`, () => jsClaim(deadPid()), age],
    [`of one that had not stamped it yet, ${when}`, () => '', age],
  ])

  test.for(cases)('%s, is taken over in about a second', { timeout: MINUTE }, async ([, text, age]) => {
    const append = ['append', entries]
    const sequence = [['lockfile', text(), age], append, append]
    await expectNeverWorse(sequence, { limitMs: ABOUT_A_SECOND })
  })

  // Its first line is the pid 1, which lives: so the original goes by its time.
  const ofAnotherBoot = () => nativeClaim(deadPid(), `${'a'.repeat(32)}:fe00:77`)

  test('of a native writer before a reboot, a minute old, is taken over', { timeout: MINUTE }, async () => {
    await expectNeverWorse(
      [
        ['lockfile', ofAnotherBoot(), MINUTE],
        ['append', entries],
      ],
      { limitMs: ABOUT_A_SECOND },
    )
  })

  test('of a native writer before a reboot, from the future, blocks the original only', async ({ root }) => {
    const sequence = [
      ['lockfile', ofAnotherBoot(), -HOUR],
      ['append', entries],
    ]
    const [control, result] = await Promise.all(
      ['original', 'root'].map((subject) => underFaults({ subject, root: path.join(root, subject), sequence })),
    )
    expect(control.results[1].error.message).toContain('Failed to acquire journal lock')
    expectFine('ours', result)
    expect(result.results[1].ms).toBeLessThan(GRACE)
  })
})

unix('a copy made of hard links', () => {
  /** Two places whose files are the same ones, as `cp -al` makes them; `b` is the copy. */
  function copied(root) {
    const [a, b] = ['a', 'b'].map((name) => path.join(root, name))
    ours[0].header(a, T)
    fs.mkdirSync(journalDir(b), { recursive: true })
    for (const name of fs.readdirSync(journalDir(a))) {
      fs.linkSync(path.join(journalDir(a), name), path.join(journalDir(b), name))
    }
    return [a, b]
  }

  function quickly(call) {
    const start = performance.now()
    call()
    expect(performance.now() - start).toBeLessThan(ABOUT_A_SECOND)
  }

  test.for([original, ours[0]])(
    'nobody waits for a writer that waits in the other, $name',
    async (journal, { root }) => {
      const [a, b] = copied(root)
      stageLockfile(a, process.pid)
      const waiter = await startFaulty({ subject: journal.name, root: a, sequence: [['append', entries]] })
      const done = waiter.go()
      for (const stop of [false, true]) {
        await sleep(300)
        if (stop) process.kill(waiter.pid, 'SIGSTOP')
        quickly(() => journal.append(b, entries))
      }
      const begun = performance.now()
      await sleep(100)
      process.kill(waiter.pid, 'SIGCONT')
      fs.rmSync(lockOf(a))
      const report = await done
      expectFine(journal.name, report)
      expect(report.results[0].ms).toBeGreaterThan(performance.now() - begun) // so it did wait when the copy was written to
    },
  )

  test.for([original, ours[0]])('nor for one that is stopped inside the lock, $name', async (journal, { root }) => {
    const [a, b] = copied(root)
    const stopped = await stoppedInside(a, journal.name)
    try {
      quickly(() => journal.append(b, entries))
    } finally {
      await stopped.kill()
    }
  })

  test('native writers in the copy exclude each other', { timeout: MINUTE }, async ({ root }) => {
    const [, b] = copied(root)
    await expectNothingLost(b)
  })
})

describe('what a writer that was killed has left, in a directory that a process writes to for the first time', () => {
  // The process has written elsewhere before: codegraph's own unit tests are such a process.
  function writeElsewhere(journal) {
    for (let number = 0; number < 20; number++) {
      const root = makeRoot()
      journal.append(root, entries)
      removeRoot(root)
    }
  }

  function leave(root, name, ageMs) {
    fs.mkdirSync(journalDir(root), { recursive: true })
    const file = path.join(journalDir(root), name)
    fs.writeFileSync(file, '')
    setAge(file, ageMs)
    return file
  }

  const writes = {
    append: (journal, root) => journal.append(root, entries),
    stamp: (journal, root) => journal.stamp(root, entries, T),
    header: (journal, root) => journal.header(root, T),
  }
  const cases = [original, ...ours].flatMap((journal) =>
    Object.keys(writes).map((write) => [journal.name, write, journal]),
  )

  test.for(cases)(
    '%s, %s: a private lockfile goes with the very next write if it is old',
    ([, write, journal], { root }) => {
      writeElsewhere(journal)
      const old = leave(root, 'changes.journal.lock.9-0011223344556677.tmp', STALE)
      const fresh = leave(root, 'changes.journal.lock.9-8899aabbccddeeff.tmp', 0)
      writes[write](journal, root)
      expect([old, fresh].map((file) => fs.existsSync(file))).toEqual([false, true])
    },
  )

  test.for([original, ...ours])(
    '$name: all goes with one write, however many other files there are',
    (journal, { root }) => {
      for (let number = 0; number < 200; number++) leave(root, `snapshot-${number}.db`, STALE)
      const old = Array.from({ length: 50 }, (_, n) =>
        leave(root, `changes.journal.lock.${n}-0011223344556677.tmp`, STALE),
      )
      journal.append(root, entries)
      expect(old.filter((file) => fs.existsSync(file))).toEqual([])
      expect(fs.readdirSync(journalDir(root)).filter((name) => name.startsWith('snapshot-'))).toHaveLength(200)
    },
  )

  test.for(ours)('$name: a private journal of the original stays', (journal, { root }) => {
    const file = leave(root, 'changes.journal.tmp', STALE)
    for (const write of Object.values(writes)) write(journal, root)
    expect(fs.existsSync(file)).toBe(true) // a JS writer that stands still may be about to rename it
  })
})

const isRoot = process.getuid?.() === 0
const NOBODY = 65534

const hasBindfs = process.platform === 'linux' && !spawnSync('bindfs', ['--version']).error
if (isRoot && process.platform === 'linux' && !hasBindfs)
  console.warn('no bindfs here: a mount of fixed modes is not tried')

// As CIFS, exFAT and /mnt/c are mounted: every file is one user's, and another one writes.
describe.skipIf(!isRoot || !hasBindfs)(
  'a mount whose files are all root’s, written to by another user (needs root, bindfs)',
  () => {
    test('is written to as by the original', { timeout: MINUTE }, async ({ root }) => {
      const [behind, mount] = ['behind', 'mount'].map((name) => path.join(root, name))
      for (const dir of [behind, mount]) fs.mkdirSync(dir)
      for (const dir of [root, behind]) fs.chmodSync(dir, 0o777)
      execFileSync('bindfs', ['--force-user=root', '--force-group=root', '--perms=a+rwX', behind, mount])
      try {
        const roots = ['original', 'root'].map((name) => path.join(mount, name))
        for (const name of ['original', 'root']) fs.mkdirSync(path.join(behind, name))
        const sequence = [
          ['append', entries],
          ['stamp', [{ file: 'b' }], T],
          ['append', [{ file: 'c' }]],
          ['header', T + 1],
          ['stamp', [{ file: 'd' }], T + 2],
          ['Journal.mark'],
          ['Journal.checkpoint', T + 3],
          ['header', T + 4],
        ]
        await expectNeverWorse(sequence, { roots, uid: NOBODY })
      } finally {
        execFileSync('umount', [mount])
      }
    })
  },
)

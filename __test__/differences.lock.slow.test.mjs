// When a lockfile counts as stale, what a wait costs, and what it says when it times out.
// Not on Windows, where an open handle is the lock and nothing is judged by pid or age.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { deadPid, setAge, stageFile, stageLockfile, stoppedInside } from '../testkit/holder.mjs'
import { inChild } from '../testkit/in-child.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import { HEADER, journalDir, lockOf, onlyJournal, test, tree } from '../testkit/workspace.mjs'

const unix = describe.skipIf(process.platform === 'win32')

const GRACE = 500
const ABOUT_A_SECOND = 1500

function timed(call) {
  const start = performance.now()
  call()
  return performance.now() - start
}

const writeOne = (journal, root) => timed(() => journal.stamp(root, [{ file: 'a' }], 5))
const written = onlyJournal(`${HEADER}5\na\n`)

const noHolder = {
  'an empty lockfile': () => '',
  'a blank first line': () => '\nx\n',
  'no number': () => 'x\n',
  'no pid': () => '0\n',
  'a dead pid': () => `${deadPid()}\n1-0123456789abcdef\n`,
}

unix.each(Object.entries(noHolder))('%s', (_, content) => {
  test('is stolen by the original at once', ({ root }) => {
    stageFile(root, content())
    expect(writeOne(original, root)).toBeLessThan(GRACE)
    expect(tree(root)).toEqual(written)
  })

  test.for(ours)('is left by ours, $name, for a grace of 0.5 s', (journal, { root }) => {
    const text = content()
    const start = Date.now()
    stageFile(root, text)
    expect(writeOne(journal, root)).toBeLessThan(ABOUT_A_SECOND)
    expect(Date.now() - start).toBeGreaterThanOrEqual(GRACE)
    expect(tree(root)).toEqual(written)
  })

  test.for(ours)('is taken over by ours, $name, once it is older', (journal, { root }) => {
    stageFile(root, content(), 2 * GRACE)
    expect(writeOne(journal, root)).toBeLessThan(GRACE)
    expect(tree(root)).toEqual(written)
  })
})

unix.each([original, ...ours])('a living holder, $name', (journal) => {
  test('of over 30 s is recovered from', ({ root }) => {
    stageLockfile(root, process.pid, 31_000)
    expect(writeOne(journal, root)).toBeLessThan(ABOUT_A_SECOND)
    expect(tree(root)).toEqual(written)
  })

  test('of nearly 30 s is waited for until then', ({ root }) => {
    const start = Date.now()
    stageLockfile(root, process.pid, 29_000)
    expect(writeOne(journal, root)).toBeLessThan(4000)
    expect(Date.now() - start).toBeGreaterThanOrEqual(1000)
    expect(tree(root)).toEqual(written)
  })
})

unix('a native writer killed inside', () => {
  test.for(ours)('is no obstacle for the next, $name', async (journal, { root }) => {
    const holder = await stoppedInside(root, 'root')
    await holder.kill()
    expect(fs.existsSync(lockOf(root))).toBe(true)
    expect(timed(() => journal.append(root, [{ file: 'next' }]))).toBeLessThan(GRACE)
    const { changed } = journal.read(root)
    expect(changed).toEqual(expect.arrayContaining([...holder.acknowledged(), 'next']))
    expect(fs.existsSync(lockOf(root))).toBe(false)
  })

  test('is over for the original after 30 s', async ({ root }) => {
    const holder = await stoppedInside(root, 'root')
    await holder.kill()
    setAge(lockOf(root), 31_000)
    expect(timed(() => original.append(root, [{ file: 'next' }]))).toBeLessThan(GRACE)
    expect(original.read(root).changed).toContain('next')
  })

  // Only on the same machine and in the same boot does the kernel lock show that a writer is dead.
  test('is given its 30 s if its stamp is of another domain', async ({ root }) => {
    const holder = await stoppedInside(root, 'root')
    await holder.kill()
    const stamp = fs.readFileSync(lockOf(root), 'utf8')
    expect(stamp).toMatch(/^1\n\d+-[0-9a-f]{16}\nnative v1 \S+ /)
    stageFile(root, stamp.replace(/native v1 \S+/, 'native v1 -'), 29_000)
    expect(timed(() => ours[0].append(root, [{ file: 'next' }]))).toBeGreaterThan(1400)
    expect(ours[0].read(root).changed).toContain('next')
  })
})

unix.concurrent('a wait that times out', () => {
  const writers = [
    ['append', [[{ file: 'a' }]]],
    ['stamp', [[{ file: 'a' }], 5]],
    ['header', [5]],
  ]
  const cases = ours.flatMap(({ name }) => writers.map(([method, args]) => [name, method, args]))

  test.for(cases)('%s %s for a JS holder', async ([name, method, args], { root, expect, onTestFinished }) => {
    const holder = spawn('sleep', ['60'])
    onTestFinished(() => end(holder))
    const born = Date.now() - 2000
    stageLockfile(root, holder.pid, 2000)
    const before = tree(root)

    const { error, ms, pid } = await inChild(name, method, [root, ...args])
    expect(ms).toBeGreaterThanOrEqual(5000)
    expect(ms).toBeLessThan(6000)
    expectTimeout(expect, error, root, { pid: holder.pid, native: false, state: 'running' })
    if (process.platform === 'linux') {
      expect(error.holder.command).toContain('sleep')
      expect(error.message).toContain(error.holder.command)
    }
    expect(error.holder.ageMs).toBeGreaterThan(7000)
    expect(error.holder.ageMs).toBeLessThanOrEqual(Date.now() - born)
    expect(pid).not.toBe(holder.pid)
    expect(tree(root)).toEqual(before)
  })

  test('for a native holder, ours and the original', async ({ root, expect }) => {
    const holder = await stoppedInside(root, 'dir')
    try {
      const before = tree(root)
      const [native, js] = await Promise.all(
        ['root', 'original'].map((name) => inChild(name, 'append', [root, [{ file: 'a' }]])),
      )
      const linux = process.platform === 'linux'
      expectTimeout(expect, native.error, root, { pid: holder.pid, native: true, state: linux ? 'stopped' : 'running' })
      if (linux) expect(native.error.holder.command).toContain('node')
      if (linux) expect(native.error.message).toContain(`is stopped: continue it (kill -CONT ${holder.pid})`)
      expect(native.error.holder.ageMs).toBeGreaterThan(5000)
      expect(js.error.message).toBe(`Failed to acquire journal lock at ${lockOf(root)} within 5000ms`)
      expect(tree(root)).toEqual(before)
    } finally {
      await holder.kill()
    }
  })

  test('with a relative directory names the lockfile as the original does', async ({ root, expect }) => {
    stageLockfile(root, process.pid)
    const reports = await Promise.all(
      ['original', 'root', 'dir'].map((name) => {
        const args = ['./x/..', [{ file: 'a' }]]
        return inChild(name, 'append', args, { cwd: root })
      }),
    )
    for (const { error } of reports) {
      expect(error.message).toMatch(
        /^Failed to acquire journal lock at \.codegraph\/changes\.journal\.lock within 5000ms/,
      )
    }
  })

  async function end(child) {
    child.kill()
    await once(child, 'exit')
  }

  function expectTimeout(expect, error, root, holder) {
    expect(error.code).toBe('ERR_JOURNAL_LOCK_TIMEOUT')
    expect(error.path).toBe(lockOf(root))
    expect(error.holder).toMatchObject(holder)
    expect(Object.keys(error.holder).sort()).toEqual(['ageMs', 'command', 'message', 'native', 'pid', 'state'])
    expect(error.message.endsWith(`: ${error.holder.message}`)).toBe(true)
    const start = `Failed to acquire journal lock at ${lockOf(root)} within 5000ms`
    expect(error.message.slice(0, start.length)).toBe(start)
    expect(error.message.slice(start.length)).toContain(`${holder.pid}`)
    expect(error.message.slice(start.length)).toMatch(/\d+(\.\d+)? ?(ms|s)\b/)
  }
})

unix('a wait', () => {
  test('of ours costs hardly any CPU', async ({ root }) => {
    const wait = async (name) => {
      stageLockfile(root, process.pid)
      const call = inChild(name, 'append', [root, [{ file: 'a' }]], {
        onStart: () => sleep(1000).then(() => fs.unlinkSync(lockOf(root))),
      })
      const { error, ms, cpuMs } = await call
      expect(error).toBe(undefined)
      expect(ms).toBeGreaterThan(800)
      const percent = (100 * cpuMs) / ms
      console.log(`waiting ${ms.toFixed(0)} ms, ${name}: ${percent.toFixed(1)} % CPU`)
      return percent
    }
    await wait('original')
    expect(await wait('root')).toBeLessThan(20)
    expect(fs.readdirSync(journalDir(root))).not.toContain('changes.journal.lock')
  })
})

// Where nobody can know that a writer is dead but by the age of its lock: FUSE here, and network file systems.
// `npm run filesystems` runs this on such a one.

import fs from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { account, toldBy } from '../../testkit/account.mjs'
import { deadPid, setAge, stageLockfile, stopInside, stoppedInside } from '../../testkit/holder.mjs'
import { lockOf, test } from '../../testkit/workspace.mjs'
import { ours } from '../../testkit/subjects.mjs'
import { FIRST_STAMP, race, startWriter } from '../../testkit/writers.mjs'
import { OLD_MS, buryTheDead } from './dead.mjs'

const { Journal } = createRequire(import.meta.url)('codegraph-journal')

test("a dead JS writer's lock is free once a waiter has seen it for 0.5 s, however old it is", ({ root }) => {
  stageLockfile(root, deadPid(), 20_000)
  const start = performance.now()
  ours[0].stamp(root, [{ file: 'next' }], FIRST_STAMP)
  const seconds = (performance.now() - start) / 1000
  expect(seconds).toBeGreaterThanOrEqual(0.5)
  expect(seconds).toBeLessThan(3)
  expect(ours[0].read(root).changed).toEqual(['next'])
})

test("a killed native writer's lock is free after 30.5 s", async ({ root }) => {
  const holder = await stoppedInside(root, 'root')
  await holder.kill()
  const since = fs.statSync(lockOf(root)).mtimeMs
  Journal.forRoot(root, { lockTimeoutMs: 60_000 }).append([{ file: 'next' }])
  const seconds = (Date.now() - since) / 1000
  console.log(`free after ${seconds.toFixed(2)} s`)
  expect(seconds).toBeGreaterThanOrEqual(30.5)
  expect(seconds).toBeLessThan(35)
  expect(Journal.forRoot(root).read().changed).toEqual(expect.arrayContaining([...holder.acknowledged(), 'next']))
})

test('native writers are killed at any moment', async ({ root }) => {
  const survivors = Array.from({ length: 2 }, (_, n) => ({ name: `s${n}`, subject: 'root', entries: 60, pauseMs: 150 }))
  const victims = Array.from({ length: 4 }, (_, n) => ({ name: `v${n}`, subject: 'root', pauseMs: 20 }))
  const writers = await race(root, [...survivors, ...victims], async (running) => {
    const isOver = () => running.slice(0, 2).every(({ isDone }) => isDone)
    const burying = buryTheDead(root, isOver)
    for (const victim of running.slice(2)) {
      await sleep(500 + Math.random() * 500)
      victim.kill()
    }
    await burying
  })
  const found = account(root, writers)
  const longest = Math.max(...writers.slice(0, 2).map(({ longestMs }) => longestMs))
  console.log(`${found.acknowledged} acknowledged, ${found.lost.length} lost, longest call ${longest.toFixed(0)} ms`)
  expect(writers.slice(0, 2).flatMap(({ errors }) => errors)).toEqual([])
  expect(found).toMatchObject({ lost: [], unasked: [], complete: true })
})

// Does the kernel lock exclude here? An old lock is stolen even so, and its owner notices.
test('a native writer that is stopped until its lock is old loses nothing', async ({ root }) => {
  Journal.forRoot(root).reset(FIRST_STAMP)
  const order = { name: 'stopped', subject: 'root', stampEvery: 0 }
  const writer = await startWriter(root, order)
  writer.write()
  const calls = async (count) => {
    while (toldBy(root, order).calls < count) await sleep(5)
  }
  await calls(5)
  await stopInside(root, writer)
  setAge(lockOf(root), OLD_MS)
  let other = 'steals the lock'
  try {
    Journal.forRoot(root, { lockTimeoutMs: 1000 }).append([{ file: 'other' }])
  } catch (error) {
    expect(error.code).toBe('ERR_JOURNAL_LOCK_TIMEOUT')
    other = 'is kept out by the kernel lock'
  }
  console.log(`another one ${other}`)
  const before = toldBy(root, order).calls
  writer.kill('SIGCONT')
  await calls(before + 5)
  writer.kill()
  await writer.ended
  const told = toldBy(root, order)
  expect(told.errors).toEqual([])
  const { changed } = ours[0].read(root) // as a reader: the killed one's lock is not old yet
  expect(changed).toEqual(expect.arrayContaining(told.log))
  if (other === 'steals the lock') expect(changed).toContain('other')
})

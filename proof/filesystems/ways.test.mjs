// Two ways to the same files, and writers on both at once. `npm run filesystems` runs this, as root.

import fs from 'node:fs'
import path from 'node:path'
import { afterEach, expect } from 'vitest'
import { account, toldBy } from '../../testkit/account.mjs'
import { stoppedInside } from '../../testkit/holder.mjs'
import { ours } from '../../testkit/subjects.mjs'
import { lockOf, test, tree } from '../../testkit/workspace.mjs'
import { startWriter } from '../../testkit/writers.mjs'
import { mount, mountFuse, unmountAll } from '../../testkit/mounts.mjs'

afterEach(unmountAll)

/** Natives, each writing in one of these directories, which are one; there may be entries already. */
async function writeTogether(roots, order, already = []) {
  const writers = await Promise.all(
    roots.map((root, number) => startWriter(root, { name: `w${number}`, subject: 'root', ...order })),
  )
  await Promise.all(
    writers.map(async (writer) => {
      await writer.write()
      await writer.end()
    }),
  )
  const told = writers.map(({ order }) => ({ ...order, ...toldBy(roots[0], order) }))
  const found = account(roots[0], [...told, { log: already }])
  const longest = Math.max(...told.map(({ longestMs }) => longestMs))
  const { acknowledged, lost, turns } = found
  console.log(
    `${acknowledged} acknowledged, ${lost.length} lost, ${turns} turns, longest call ${longest.toFixed(0)} ms`,
  )
  expect(told.flatMap(({ errors }) => errors)).toEqual([])
  expect(found).toMatchObject({ lost: [], unasked: [], complete: true, leftovers: [] })
  expect(found.turns).toBeGreaterThan(10 * roots.length)
}

test('a bind mount: as if there were one', async ({ root }) => {
  fs.mkdirSync(`${root}/project`)
  const roots = [`${root}/project`, mount(`${root}/again`, '--bind', `${root}/project`)]
  await writeTogether([...roots, ...roots], { entries: 500, pauseMs: 1 })

  const holder = await stoppedInside(roots[0], 'root')
  await holder.kill()
  expect(fs.existsSync(lockOf(roots[1]))).toBe(true)
  const start = performance.now()
  ours[0].append(roots[1], [{ file: 'next' }])
  expect(performance.now() - start).toBeLessThan(500)
})

// As from two machines, or where a kernel lock only pretends: neither has the other's kernel lock.
test('two FUSE mounts that know nothing of each other: the lockfile excludes', async ({ root }) => {
  const roots = twoMounts(root, 0)
  await writeTogether([...roots, ...roots], { entries: 100, pauseMs: 5 })
})

// What the lockfile can't do: with libfuse's default each of the two kernels believes for a second what it knows of the journal,
// and appends where its end was then.
test('control: but not if each caches what the other changes', async ({ root }) => {
  const roots = twoMounts(root, 1)
  await expect(writeTogether([...roots, ...roots], { entries: 100, pauseMs: 5 })).rejects.toThrow('lost')
})

function twoMounts(root, cached) {
  return ['a', 'b'].map((name) => mountFuse(`${root}/${name}`, `${root}/project`, { flock_local: true, cached }))
}

test('overlayfs: a project whose journal and old lockfile are in the lower layer', async ({ root }) => {
  const layers = ['lower', 'upper', 'work'].map((layer) => path.join(root, layer))
  for (const layer of layers) fs.mkdirSync(layer)
  const [lower, upper, work] = layers
  ours[0].stamp(lower, [{ file: 'old' }], 1_600_000_000_000)
  fs.writeFileSync(lockOf(lower), '1\n9-0011223344556677\nnative v1 - 9 0\n')
  fs.utimesSync(lockOf(lower), 0, 0)
  const before = tree(lower)

  const layered = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  const merged = mount(`${root}/merged`, '-t', 'overlay', '-o', layered, 'overlay')
  await writeTogether([merged, merged, merged, merged], { entries: 500, pauseMs: 1 }, ['old'])
  expect(tree(lower)).toEqual(before)
})

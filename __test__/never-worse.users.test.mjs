// One project, several users: somebody has run the tool as root once, or a group shares it. Where the original writes, ours does. Needs root.

import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { deadPid, jsClaim, stageFile, stoppedInside } from '../testkit/holder.mjs'
import { inChild } from '../testkit/in-child.mjs'
import { expectNeverWorse } from '../testkit/never-worse.mjs'
import { original, ours } from '../testkit/subjects.mjs'
import { HEADER, journalDir, journalOf, lockOf, test } from '../testkit/workspace.mjs'

const T = 1_700_000_000_000
const ABOUT_A_SECOND = 1500
const USER = 12345
const OTHER = 12346
const entry = (file) => [{ file }]

const severalUsers = describe.skipIf(process.getuid?.() !== 0)

/** A directory of the user's, with what root has left in it. */
function usersPlace(root, leave) {
  fs.mkdirSync(journalDir(root), { recursive: true })
  leave(root)
  for (const dir of [root, journalDir(root)]) fs.chownSync(dir, USER, USER)
}

const ownerOf = (root) => fs.statSync(journalOf(root)).uid

severalUsers('root has written once in a project of a user', () => {
  const lefts = {
    'a journal with entries': (root) => fs.writeFileSync(journalOf(root), `${HEADER}${T}\nr\n`, { mode: 0o644 }),
    'a journal that was never stamped': (root) => fs.writeFileSync(journalOf(root), `${HEADER}0\nr\n`, { mode: 0o644 }),
  }
  // The original throws where it has to append to what it may not write to. So a stamp comes first.
  const sequence = [
    ['stamp', entry('s'), T + 5],
    ['append', entry('a')],
    ['stamp', entry('t'), T + 6],
    ['read'],
    ['header', T + 7],
    ['append', entry('b')],
    ['Journal.mark'],
    ['Journal.checkpoint', T + 8],
    ['header', T + 9],
  ]

  test.for(Object.entries(lefts))('%s: the user writes on', async ([, leave]) => {
    await expectNeverWorse(sequence, { uid: USER, inPlace: (root) => usersPlace(root, leave), limitMs: ABOUT_A_SECOND })
  })

  test.for(ours)('$name itself: the user appends and stamps at once', async (journal, { root }) => {
    usersPlace(root, () => {
      journal.header(root, T)
      journal.append(root, entry('r'))
    })
    expect(ownerOf(root)).toBe(0)
    for (const [method, ...args] of [
      ['append', entry('a')],
      ['stamp', entry('b'), T + 1],
      ['append', entry('c')],
    ]) {
      const { error, ms } = await inChild(journal.name, method, [root, ...args], { uid: USER })
      expect(error).toBe(undefined)
      expect(ms).toBeLessThan(ABOUT_A_SECOND)
    }
    expect(journal.read(root)).toEqual({ valid: true, timestamp: T + 1, changed: ['r', 'a', 'b', 'c'], removed: [] })
    expect(ownerOf(root)).toBe(USER)
  })
})

severalUsers('a lockfile of root, who has died, in a project of a user', () => {
  const lockfiles = {
    'of a JS writer': () => jsClaim(deadPid()),
    'of nobody, for it was not stamped yet': () => '',
  }
  test.for(Object.entries(lockfiles))('%s: is taken over', async ([, text]) => {
    const leave = (root) => {
      fs.writeFileSync(journalOf(root), `${HEADER}${T}\n`)
      fs.chownSync(journalOf(root), USER, USER)
      stageFile(root, text(), 3000)
      fs.chmodSync(lockOf(root), 0o644)
    }
    const sequence = [
      ['append', entry('a')],
      ['append', entry('b')],
    ]
    await expectNeverWorse(sequence, { uid: USER, inPlace: (root) => usersPlace(root, leave), limitMs: ABOUT_A_SECOND })
  })

  test.for(ours)('of a native writer, killed inside: is taken over at once, $name', async (journal, { root }) => {
    usersPlace(root, () => {})
    const holder = await stoppedInside(root, 'root')
    await holder.kill()
    expect(fs.statSync(lockOf(root)).uid).toBe(0)
    const { error, ms } = await inChild(journal.name, 'append', [root, entry('next')], { uid: USER })
    expect(error).toBe(undefined)
    expect(ms).toBeLessThan(ABOUT_A_SECOND)
    expect(journal.read(root).changed).toEqual(expect.arrayContaining([...holder.acknowledged(), 'next']))
    expect(fs.existsSync(lockOf(root))).toBe(false)
  })
})

severalUsers('two members of a group, with the usual umask', () => {
  const GROUP = 12340

  test.for([original, ...ours])('build and watch by turns: $name', async ({ name, read }, { root }) => {
    fs.mkdirSync(journalDir(root))
    for (const dir of [root, journalDir(root)]) {
      fs.chownSync(dir, 0, GROUP)
      fs.chmodSync(dir, 0o2775)
    }
    const turns = [
      [USER, 'header', T],
      [OTHER, 'stamp', entry('a'), T + 1],
      [USER, 'stamp', entry('b'), T + 2],
      [OTHER, 'append', entry('c')],
    ]
    for (const [uid, method, ...args] of name === 'original' ? turns.slice(0, 3) : turns) {
      const { error, warnings } = await inChild(name, method, [root, ...args], { uid, gid: GROUP })
      expect([error, warnings]).toEqual([undefined, []])
      expect(fs.statSync(journalOf(root)).gid).toBe(GROUP)
    }
    expect(read(root).timestamp).toBe(T + 2)
    expect(read(root).changed.slice(0, 2)).toEqual(['a', 'b'])
    expect(fs.existsSync(lockOf(root))).toBe(false)
  })
})

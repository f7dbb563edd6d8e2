// A mount that misplaces overwrites: what is written inside a file lands at the file's end, as on servers that keep O_APPEND. The original
// overwrites nothing there. A native writer reads back what it has written in place, mends the journal, and then replaces the journal as the
// original does. The control is the same server without the fault.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { account } from '../testkit/account.mjs'
import { entryOf, isStamp } from '../testkit/entries.mjs'
import { startFaulty, underFaults } from '../testkit/faults.mjs'
import { mountFuse, unmountAll } from '../testkit/mounts.mjs'
import { expectFine, expectNeverWorse, toldOf } from '../testkit/never-worse.mjs'
import { original } from '../testkit/subjects.mjs'
import { callOf, namesOf } from '../testkit/system-calls.mjs'
import { HEADER, journalOf, makeRoot, removeRoot, tree, writeJournal } from '../testkit/workspace.mjs'

const T = 1_700_000_000_000
const MINUTE = 60_000

/** What a process reports: nothing, because native writers overwrite on local file systems only. */
const TOLD = []

/** Lines up to several pages' ends. */
const batch = (name) => Array.from({ length: 300 }, (_, index) => ({ file: `some/path/${name}-${index}.ts` }))

/** What is overwritten first in a process: behind a header, which is put in place as a whole. */
const FIRST = {
  'a stamp': [['stamp', [], T + 1]],
  'a stamp behind an entry': [['stamp', [{ file: 'a' }], T + 1]],
  'a stamp behind one that changes nothing': [
    ['stamp', [], T],
    ['stamp', [], T + 1],
  ],
  'a line over a page’s end': [['append', [{ file: 'a'.repeat(5000) }]]],
  'the same behind an entry': [['append', [{ file: 'a' }, { file: 'b'.repeat(5000) }]]],
  'a line over a page’s end, with a stamp': [['stamp', [{ file: 'a'.repeat(5000) }], T + 1]],
  'lines over a page’s end': [['append', batch('a')]],
  'both, in one call': [['stamp', batch('a'), T + 1]],
  'the stamp of a checkpoint that drops nothing': [['Journal.mark'], ['Journal.checkpoint', T + 1]],
  'a stamp by an asynchronous call': [['stampAsync', [{ file: 'a' }], T + 1]],
}

/** What the same process writes later. */
const LATER = [
  ['append', [{ file: 'b' }]],
  ['append', batch('c')],
  ['stamp', [{ file: 'd', deleted: true }], T + 2],
  ['stamp', batch('e'), T + 3],
  ['read'],
  ['Journal.mark'],
  ['Journal.append', batch('f')],
  ['Journal.checkpoint', T + 4],
  ['Journal.mark'],
  ['Journal.checkpoint', T + 5],
  ['Journal.appendAndStamp', [{ file: 'g' }], T + 6],
  ['header', T + 7],
  ['stampAsync', batch('h'), T + 8],
  ['appendAsync', batch('i')],
  ['read'],
]

const isLinux = process.platform === 'linux'
const isRoot = process.getuid?.() === 0

/** Why FUSE can't be had; nothing if it can. */
function lacking() {
  if (!isLinux || !isRoot) return 'needs root on Linux'
  if (spawnSync('pkg-config', ['--exists', 'fuse3']).status !== 0) return 'no libfuse'
  try {
    fs.closeSync(fs.openSync('/dev/fuse', 'r+'))
  } catch ({ message }) {
    return message
  }
}

const why = lacking()
if (isLinux && why) console.warn(`no FUSE here (${why}): a mount that misplaces overwrites is not tried`)

/** Writes over the start of a file. */
function overwrite(file, text) {
  const descriptor = fs.openSync(file, 'r+')
  fs.writeSync(descriptor, text, 0)
  fs.closeSync(descriptor)
}

describe.skipIf(why)('a mount that misplaces overwrites (needs root, FUSE)', () => {
  let place, misplacing, right

  beforeAll(() => {
    place = makeRoot()
    const options = { misplacing: { misplaces_overwrites: true }, right: {} }
    const mounts = Object.entries(options).map(([name, each]) =>
      mountFuse(path.join(place, name), path.join(place, `${name}.behind`), each),
    )
    ;[misplacing, right] = mounts
  }, MINUTE)

  afterAll(() => {
    unmountAll()
    removeRoot(place)
  })

  const project = (mount) => fs.mkdtempSync(path.join(mount, 'project-'))

  /** What comes of a sequence on a mount: the report, and the system calls that write inside the journal. */
  async function run(mount, sequence) {
    const root = project(mount)
    const report = await underFaults({ subject: 'root', root, sequence }, { trace: namesOf('pwrite64') })
    expectFine(mount, report)
    const overwrites = report.calls.filter((line) => callOf(line, root).file === 'journal')
    return { ...report, root, overwrites }
  }

  const steps = ({ results }) => results.map(({ step, value, text }) => ({ step, value, text }))

  test('the control: what is written over the start of a file lands at the end', () => {
    const files = [misplacing, right].map((mount) => path.join(project(mount), 'file'))
    for (const file of files) {
      fs.writeFileSync(file, 'whole\n')
      overwrite(file, 'W')
    }
    expect(files.map((file) => fs.readFileSync(file, 'utf8'))).toEqual(['whole\nW', 'Whole\n'])
  })

  test('the control: a bare stamp is no stamp there, and is read as a file’s name', () => {
    const [before, stamp] = [T, T + 1].map((timestamp) => `${HEADER}${timestamp}\n`)
    const root = project(misplacing)
    writeJournal(root, `${before}a\n`)
    overwrite(journalOf(root), stamp)
    expect(fs.readFileSync(journalOf(root), 'utf8')).toBe(`${before}a\n${stamp}`)
    expect(original.read(root)).toMatchObject({ valid: true, timestamp: T })
  })

  test.for(Object.entries(FIRST))(
    'the first is %s: the journal is as without the fault, and nothing is overwritten',
    { timeout: MINUTE },
    async ([, first]) => {
      const beginning = [['header', T], ...first]
      const sequence = [...beginning, ...LATER]
      const result = await run(misplacing, sequence)
      const control = await run(right, sequence)
      expect(steps(result)).toEqual(steps(control))
      expect(Object.keys(tree(result.root))).toEqual(Object.keys(tree(control.root)))
      expect([toldOf(result), toldOf(control)]).toEqual([TOLD, []])

      for (const { overwrites } of [result, control]) expect(overwrites.length).toBe(0)
    },
  )

  test('it is written to as by the original', { timeout: MINUTE }, async () => {
    const roots = [project(misplacing), project(misplacing)]
    const sequence = [...FIRST['both, in one call'], ...LATER].filter(([name]) => !name.endsWith('Async'))
    const { told } = await expectNeverWorse(sequence, { roots })
    expect(told).toEqual(TOLD)
  })

  test('several native writers, and one that makes checkpoints, lose nothing', { timeout: 2 * MINUTE }, async () => {
    const root = project(misplacing)
    original.header(root, T)
    // So long that each page's end is in a line.
    const names = ['a', 'b', 'c'].map((letter) => letter.repeat(200))
    const [checkpoints, ...writers] = await Promise.all(
      [Array(50).fill(CHECKPOINT).flat(), ...names.map(writes)].map((sequence) =>
        startFaulty({ subject: 'root', root, sequence, brief: true }),
      ),
    )
    const runs = await Promise.all([checkpoints, ...writers].map(({ go }) => go()))
    for (const report of runs) expectFine('a native', report)
    const told = runs.map((report) => toldOf({ ...report, root }))
    // The one that makes checkpoints may be done before the others begin, and has overwritten nothing then.
    expect([[], TOLD]).toContainEqual(told.shift())
    expect(told).toEqual(names.map(() => TOLD))
    const read = runs[0].results.flatMap(({ value }) => value?.changed ?? [])
    expect(runs[0].results.filter(({ value }) => value === false)).toEqual([])

    const log = (name) => Array.from({ length: CALLS }, (_, number) => entryOf(name, number))
    const found = account(
      root,
      names.map((name) => ({ name, calls: CALLS, log: log(name) })),
    )
    expect(found.lost.filter((entry) => !read.includes(entry))).toEqual([])
    expect(read.filter((entry) => !names.flatMap(log).includes(entry))).toEqual([])
    expect(found).toMatchObject({ unasked: [], unfinished: [], repeated: 0, complete: true, leftovers: [] })
    expect(found.turns + read.length).toBeGreaterThan(CALLS)
  })
})

const CALLS = 200
const CHECKPOINT = [['Journal.mark'], ['read'], ['Journal.checkpoint', T]]

/** A writer's calls, stamps and appends in turns. */
function writes(name) {
  return Array.from({ length: CALLS }, (_, number) => {
    const entries = [{ file: entryOf(name, number) }]
    return isStamp(number, {}) ? ['stamp', entries, T + number] : ['append', entries]
  })
}

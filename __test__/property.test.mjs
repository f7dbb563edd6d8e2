// Whatever is asked of them in whatever order, the original and ours leave the same bytes and give the same
// results: no model of either, only the differences that are on the list.
//
// FC_SEED repeats a run, FC_RUNS makes it longer.

import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import fs from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { contents, entries, steps, timestamps } from '../testkit/arbitraries.mjs'
import { original, ours, readAsOurs, tellLacks } from '../testkit/subjects.mjs'
import { HEADER, journalDir, journalOf, makeRoot, removeRoot, text, tree, writeJournal } from '../testkit/workspace.mjs'

const MINUTES = 60_000
const PAGE = 4096
const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31)
const runs = (standard) => Number(process.env.FC_RUNS ?? standard)

beforeAll(() => {
  console.log(`properties: FC_SEED=${seed}`)
  tellLacks()
})
afterAll(() => vi.restoreAllMocks())

/** Checks with a pair of empty directories for each run. */
function check(arbitrary, numRuns, body) {
  const property = fc.property(arbitrary, (value) => {
    const [theirs, mine] = [makeRoot(), makeRoot()]
    try {
      body(value, theirs, mine)
    } finally {
      removeRoot(theirs)
      removeRoot(mine)
    }
  })
  // To make a long failure shorter can take forever.
  fc.assert(property, {
    seed,
    numRuns: runs(numRuns),
    interruptAfterTimeLimit: 2 * MINUTES,
    markInterruptAsFailure: true,
  })
}

// The differences "left out" and "refused": which input the format can't carry, in the contract's words.
const isOdd = {
  entry: ({ file, deleted }) =>
    file === '' || /[\n\r\0]|^#/.test(file) || file !== file.trim() || (!deleted && file.startsWith('DELETED ')),
  timestamp: (timestamp) => !Number.isFinite(timestamp) || timestamp < 0,
}

function isRefused(method, args) {
  const [timestamp = 0] = method === 'stamp' ? args.slice(1) : method === 'header' ? args : []
  return isOdd.timestamp(timestamp)
}

/** What the original is to be called with to write what ours do, and how many entries ours leave out. */
function withoutOdd(method, [batch, ...rest]) {
  if (method !== 'append' && method !== 'stamp') return { args: [batch, ...rest], leftOut: 0 }
  const writable = batch.filter((entry) => !isOdd.entry(entry))
  return { args: [writable, ...rest], leftOut: batch.length - writable.length }
}

// The difference "repaired": to append to an empty journal is to append to one of the placeholder header, and entries to a torn one to the
// journal with its newline. No entries are a newline from either, torn or not.
function repair(root, [entries]) {
  const content = bytesOf(root)
  if (content?.length === 0) writeJournal(root, `${HEADER}0\n`)
  if (entries.length === 0) return
  if (content?.length && content.at(-1) !== 10) fs.appendFileSync(journalOf(root), '\n')
}

function bytesOf(root) {
  return fs.existsSync(journalOf(root)) ? fs.readFileSync(journalOf(root)) : undefined
}

// The difference "kept bytes": the original decodes what it rewrites, so where ours kept bytes that are
// no UTF-8 the two are compared decoded.
function expectSameTree(theirs, mine) {
  const [js, native] = [tree(theirs), tree(mine)]
  const content = bytesOf(mine)
  if (content && !isUtf8(content)) {
    native['.codegraph/changes.journal'] = content.toString()
    js['.codegraph/changes.journal'] = bytesOf(theirs).toString()
  }
  // Ours fill up a page before a line that would lie over its end.
  if (content?.length > PAGE && !isDeepStrictEqual(native, js))
    for (const one of [native, js])
      one['.codegraph/changes.journal'] = one['.codegraph/changes.journal'].replace(/^ *\n/gm, '')
  expect(native).toEqual(js)
}

function expectSameRead(journal, theirs, mine) {
  const [js, native] = [readAsOurs(theirs), journal.read(mine)]
  expect(native).toStrictEqual(js)
  expect(JSON.stringify(native)).toBe(JSON.stringify(js)) // and the same keys in the same order
}

describe.each(ours)('$name', (journal) => {
  test('any sequence of calls and edits', { timeout: 10 * MINUTES }, () => {
    const sequences = fc.array(steps, { minLength: 1, maxLength: 12, size: 'max' })
    check(sequences, 300, (sequence, theirs, mine) => {
      for (const step of sequence) {
        if (step.edit) editBoth(step.edit, theirs, mine)
        else callBoth(step, theirs, mine)
      }
    })
  })

  function editBoth(edit, theirs, mine) {
    const content = edit(bytesOf(mine))
    for (const root of [theirs, mine]) {
      if (content !== undefined) writeJournal(root, content)
      else if (fs.existsSync(journalDir(root))) fs.rmSync(journalOf(root), { force: true })
    }
  }

  function callBoth({ method, args }, theirs, mine) {
    const warned = vi.spyOn(process.stderr, 'write').mockReset().mockReturnValue(true)
    if (isRefused(method, args)) {
      const before = tree(mine)
      expect(() => journal[method](mine, ...args)).toThrowError(
        expect.objectContaining({ code: 'ERR_JOURNAL_INVALID_TIMESTAMP' }),
      )
      expect(tree(mine)).toEqual(before)
      expect(warned).not.toHaveBeenCalled()
      return
    }
    const { args: writable, leftOut } = withoutOdd(method, args)
    if (method === 'append') repair(theirs, writable)
    const expected = method === 'read' ? readAsOurs(theirs) : original[method](theirs, ...writable)
    expect(journal[method](mine, ...args)).toStrictEqual(expected)
    expect(warned).toHaveBeenCalledTimes(leftOut ? 1 : 0)
    expectSameTree(theirs, mine)
    expectSameRead(journal, theirs, mine)
  }

  test('any content is read alike', { timeout: 10 * MINUTES }, () => {
    check(contents, 2000, (content, theirs, mine) => {
      for (const root of [theirs, mine]) writeJournal(root, content)
      expectSameRead(journal, theirs, mine)
      expect(text(bytesOf(mine))).toBe(text(content))
      expect(fs.readdirSync(journalDir(mine))).toEqual(['changes.journal'])
    })
  })

  // Why entries are left out and input is refused at all: this does not hold for the original.
  test('what is accepted is read back', { timeout: 10 * MINUTES }, () => {
    const accepted = entries.map((batch) => batch.filter((entry) => !isOdd.entry(entry)))
    const times = timestamps.filter((timestamp) => !isOdd.timestamp(timestamp) && timestamp > 0)
    check(fc.tuple(accepted, times), 500, ([batch, timestamp], _, root) => {
      journal.stamp(root, batch, timestamp)
      const names = (wanted) => {
        const files = batch.filter(({ deleted }) => Boolean(deleted) === wanted)
        return [...new Set(files.map(({ file }) => file.toWellFormed()))]
      }
      expect(journal.read(root)).toStrictEqual({
        valid: true,
        timestamp,
        changed: names(false),
        removed: names(true),
      })
    })
  })
})

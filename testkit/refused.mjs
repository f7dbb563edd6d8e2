// What comes of entries that no reader would get back, and of input that is refused, by each way to write entries.

import { expect, onTestFinished } from 'vitest'
import { Journal, asyncOurs, failure } from './async.mjs'
import { original, ours } from './subjects.mjs'
import { HEADER, tree, writeJournal } from './workspace.mjs'

/** What each function and its asynchronous twin does, and what the class does. */
export const functions = [...ours, ...asyncOurs.slice(0, 2).map((each) => ({ ...each, name: `${each.name}, async` }))]
export const handles = [
  {
    name: 'Journal',
    append: (root, ...rest) => Journal.forRoot(root).append(...rest),
    stamp: (root, ...rest) => Journal.forRoot(root).appendAndStamp(...rest),
  },
  { ...asyncOurs[2], name: 'Journal, async' },
]

/** What a call fails with, whether it throws or rejects. */
export const failureOf = (call) => failure((async () => call())())

/** Both ways to write entries, on nothing and on a journal: each fails, and nothing is touched. */
export async function expectRefused({ append, stamp }, root, entries, error) {
  for (const before of [undefined, `${HEADER}5\ntorn`]) {
    if (before !== undefined) writeJournal(root, before)
    const untouched = tree(root)
    expect(await failureOf(() => append(root, entries))).toMatchObject(error)
    expect(await failureOf(() => stamp(root, entries, 7))).toMatchObject(error)
    expect(tree(root)).toEqual(untouched)
  }
}

export function expectMisread(root, entry, { changed = [], removed = [] }) {
  original.stamp(root, [entry], 5)
  expect(original.read(root)).toStrictEqual({ valid: true, timestamp: 5, changed, removed })
}

/** The warnings from here on, as they are given. `onWarning` is called at that very moment. */
export function warnings(onWarning) {
  const given = []
  const { setWarningHandler } = ours[0].api
  onTestFinished(() => setWarningHandler(undefined))
  setWarningHandler((warning) => {
    given.push(warning)
    onWarning?.()
  })
  return given
}

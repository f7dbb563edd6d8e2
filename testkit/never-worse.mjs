// The same calls on the original and on ours, each in a place of its own: what the original does, ours must do too.

import { expect } from 'vitest'
import { startFaulty } from './faults.mjs'
import { makeRoot, removeRoot, tree } from './place.mjs'

const DEGRADED = 'ERR_JOURNAL_DEGRADED'

/**
 * Makes a sequence of calls on both, and expects the same of both. Steps of a `Journal` are for ours only. `faults` and `paths` are as in
 * `startFaulty`; `paths` is made of the root. `inPlace(root)` prepares a place; `bases` are the directories for the two, and `limitMs` is
 * what a step of ours may take. Resolves to what came of ours: { results, told }, by step, and what it warned of.
 */
export async function expectNeverWorse(sequence, { faults, paths, uid, inPlace, roots, limitMs = Infinity } = {}) {
  const places = roots ?? [makeRoot(), makeRoot()]
  try {
    const [control, ours] = await Promise.all(
      ['original', 'root'].map(async (subject, index) => {
        const root = places[index]
        inPlace?.(root)
        const steps = subject === 'original' ? sequence.filter((step) => !isOurs(step)) : sequence
        const { go } = await startFaulty({ subject, root, uid, sequence: steps }, { faults, paths: paths?.(root) })
        return { ...(await go()), root, left: tree(root) }
      }),
    )
    expectFine('the original', control)
    expect(control.stderr, 'the original has warned').toBe('')
    expectFine('ours', ours)
    expect(shared(ours)).toEqual(shared(control))
    expect(ours.left).toEqual(control.left)
    expect(ours.results.filter(({ ms }) => ms > limitMs)).toEqual([])
    return { results: ours.results, told: toldOf(ours) }
  } finally {
    if (!roots) for (const root of places) removeRoot(root)
  }
}

const isOurs = ([name]) => name.startsWith('Journal.')

const shared = ({ results }) =>
  results.filter(({ step }) => !isOurs([step])).map(({ step, value, text }) => ({ step, value, text }))

/** No step has failed. */
export function expectFine(who, { results }) {
  const failed = results.filter(({ error }) => error)
  expect(
    failed.map(({ step, error }) => `${step}: ${error.message}`),
    who,
  ).toEqual([])
}

/** What the warnings say is missing: each at most once, and there are no other warnings. */
export function toldOf({ warnings, root }) {
  expect(warnings.filter(({ code }) => code !== DEGRADED)).toEqual([])
  const told = warnings.map(({ message }) => message.slice(`${root}/.codegraph/changes.journal: `.length))
  expect(told, 'warned twice').toEqual([...new Set(told)])
  return told
}

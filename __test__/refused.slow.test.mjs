// Each row of docs/system-calls.md: its calls fail with each error, once and for good, and everything is done as without the fault. A warning
// is the most that is reported.
//
// One in some steps is tried, by a seed that is printed; JOURNAL_TEST_SEED repeats them, and JOURNAL_TEST_ALL_STEPS=1 tries all.

import crypto from 'node:crypto'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect } from 'vitest'
import { account } from '../testkit/account.mjs'
import { entryOf } from '../testkit/entries.mjs'
import { startFaulty, underFaults } from '../testkit/faults.mjs'
import { deadPid, stageLockfile } from '../testkit/holder.mjs'
import { ASYNC, SYNC, firstOf, isSeparate, refusal, refused } from '../testkit/refusals.mjs'
import { listed } from '../testkit/system-calls.mjs'
import { journalDir, makeRoot, removeRoot, test, tree } from '../testkit/workspace.mjs'
import { FIRST_STAMP } from '../testkit/writers.mjs'

const ERRORS = ['EACCES', 'EPERM', 'EINVAL', 'ENOSYS', 'EOPNOTSUPP', 'EXDEV', 'EMLINK', 'EIO', 'ENOTTY', 'ELOOP']
const MODES = ['once', 'for good']

const MINUTES = 60_000
const AT_A_TIME = 3 // runs: each has a tracer and is a process that mostly waits for it
const ONE_IN = process.env.JOURNAL_TEST_ALL_STEPS === '1' ? 1 : 4
const seed = process.env.JOURNAL_TEST_SEED ?? String(Date.now())

/** How many entries a writer writes, beside two others. One that is not traced is some ten times as fast. */
const ENTRIES = 40
const UNTRACED = 10

/** By then those that are traced are writing. */
const HEAD_START_MS = 20

/** One in so many steps, by nothing but the seed and the row: so the same ones can be tried again. */
function chosen(title, steps) {
  const number = (step) => crypto.createHash('sha256').update(`${seed} ${title} ${step}`).digest('hex')
  const count = Math.ceil(steps.length / ONE_IN)
  return steps.toSorted((a, b) => (number(a) < number(b) ? -1 : 1)).slice(0, count)
}

/** What a run is compared by. */
const outcome = ({ results }, root) => ({
  steps: results.map(({ step, value, error, text }) => ({
    step,
    value,
    error: error?.message.replaceAll(root, ''),
    text,
  })),
  left: tree(root),
})

/** What differs from how it should be, in a few words; of the steps the first ones, for the others follow from these. */
function differences(run, expected, root) {
  const got = outcome(run, root)
  const steps = got.steps.flatMap((step, index) => {
    const should = expected.steps[index]
    if (isDeepStrictEqual(step, should)) return []
    const differs = ['value', 'text'].filter((key) => !isDeepStrictEqual(step[key], should[key]))
    return `${index} ${step.step}: ${step.error ?? `another ${differs.join(' and ')}`}`
  })
  const leftovers = Object.keys(got.left).filter((name) => !(name in expected.left))
  return [
    ...steps.slice(0, 2),
    ...(steps.length > 2 ? [`${steps.length - 2} more steps`] : []),
    ...leftovers.map((name) => `${name} is left`),
  ]
}

/** What is wrong about the warnings: each comes once, and no others come. If the call fails each time, there has to be one. */
function wronglyTold({ warnings }, { told }, mode) {
  const all = warnings.map(({ code, message }) => `${code} ${message}`)
  const twice = all.filter((each, index) => all.indexOf(each) < index)
  const others = all.filter((each) => !told || !each.startsWith('ERR_JOURNAL_DEGRADED'))
  const isTold = !told || mode === 'once' || all.some((each) => each.includes(told))
  return [
    ...twice.map((each) => `warned twice: ${each}`),
    ...others.map((each) => `warned: ${each}`),
    ...(isTold ? [] : [`no warning: ${told}`]),
  ]
}

/** Tries steps, a few at a time; those of them that went wrong, with what is said of each. */
async function failuresOf(steps, attempt) {
  const failures = []
  const left = [...steps]
  const worker = async () => {
    for (let step = left.shift(); step; step = left.shift()) {
      const root = makeRoot()
      try {
        const said = await attempt(root, ...step)
        if (said.length > 0) failures.push(`${step.join(' ')}: ${said.join('; ').replaceAll(root, '')}`)
      } catch (error) {
        failures.push(`${step.join(' ')}: ${error.message.replaceAll(root, '')}`)
      }
      removeRoot(root)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
  return failures.sort()
}

const sequence = [...SYNC, ...ASYNC]

/** The calls that the original knows too. Behind the first one that it does not know the journals differ. */
const isShared = ([name]) => !name.startsWith('Journal.')
const shared = SYNC.filter(isShared)
const alike = SYNC.findIndex((step) => !isShared(step))

const FILES = ['.codegraph', '.codegraph/changes.journal']

/** Without a fault: what comes of the sequence, and its system calls. */
async function undisturbed() {
  const runOf = async (subject, sequence, faults) => {
    const root = makeRoot()
    const run = await underFaults({ subject, root, sequence }, faults)
    const comesOf = outcome(run, root)
    removeRoot(root)
    return { run, comesOf, root }
  }
  const { comesOf: original } = await runOf('original', shared)
  const { run, comesOf: expected } = await runOf('root', sequence)
  const traced = await runOf('root', SYNC, { trace: 'all' })
  return { original, expected, run, sync: traced.comesOf, calls: traced.run.calls, root: traced.root }
}

const rows = process.platform === 'linux' ? listed().map((row) => [row.title, row]) : []

/** Node 26 needs this one for random bytes, and so the original does there; earlier ones have read some before. */
const isNodes = ({ names }) => names.includes('getrandom')

describe.skipIf(process.platform !== 'linux')('a system call that the original does not need is refused', () => {
  let whole

  beforeAll(async () => {
    console.log(`JOURNAL_TEST_SEED=${seed}, one in ${ONE_IN} steps`)
    whole = await undisturbed()
  }, MINUTES)

  test('undisturbed, ours do what the original does', () => {
    const { original, expected, run } = whole
    expect(expected.steps.slice(0, alike)).toEqual(original.steps.slice(0, alike))
    expect([...original.steps, ...expected.steps].filter(({ error }) => error)).toEqual([])
    expect([original.left, expected.left].map((left) => Object.keys(left))).toEqual([FILES, FILES])
    expect(run.warnings).toEqual([])
  })

  test.for(rows)('%s', { timeout: 20 * MINUTES }, async ([title, row]) => {
    const all = MODES.flatMap((mode) => ERRORS.map((error) => [mode, error]))
    const possible = all.filter(([mode]) => mode === 'once' || isSeparate(row))
    const steps = chosen(title, possible)
    const controls = possible.filter(([mode]) => mode === 'for good' && !isNodes(row)).slice(0, 1)

    // Each thread counts for itself, and each asynchronous call is made by one of its own. Where calls of the same name are counted, those
    // threads would count others.
    const first = isSeparate(row) ? { nth: 1 } : firstOf(row, whole.calls, whole.root)
    const [made, expected] = isSeparate(row) ? [sequence, whole.expected] : [SYNC, whole.sync]

    const failures = await failuresOf(steps, async (root, mode, error) => {
      if (!first) return ['no such call is made']
      if (row.file === 'directory') fs.mkdirSync(journalDir(root)) // the first call has something to look at
      const faults = refusal(row, error, root, mode === 'once' ? first : undefined)
      const run = await underFaults({ subject: 'root', root, sequence: made }, faults)
      if (refused(row, run, root) === 0) return ['no such call is made']
      return [...differences(run, expected, root), ...wronglyTold(run, row, mode)]
    })
    const needed = await failuresOf(controls, async (root, _, error) => {
      const run = await underFaults({ subject: 'original', root, sequence: shared }, refusal(row, error, root))
      return differences(run, whole.original, root)
    })
    console.log(`${steps.length} of ${possible.length} steps`)
    expect(needed, 'the original needs it').toEqual([])
    expect(failures).toEqual([])
  })
})

/** Several writers at once, each with its faults: what was acknowledged, and what is there. */
async function together(root, subject, faults) {
  const writers = await Promise.all(
    faults.map((fault, index) =>
      startFaulty({ subject, root, sequence: writes(`w${index}`, fault), brief: true }, fault),
    ),
  )
  const runs = await Promise.all(
    writers.map(async ({ go }, index) => {
      if (!faults[index].faults) await sleep(HEAD_START_MS)
      return go()
    }),
  )
  const told = runs.map(({ results }, index) => {
    const calls = results.filter(({ step }) => step !== 'chmod')
    const name = `w${index}`
    return {
      name,
      calls: calls.length,
      errors: results.flatMap(({ error }) => error?.message ?? []),
      log: calls.flatMap(({ error }, number) => (error ? [] : [entryOf(name, number)])),
    }
  })
  return { ...account(root, told), errors: told.flatMap(({ errors }) => errors), runs }
}

/** A writer's calls: stamps and appends in turns, and some that have to replace the journal, whose mode is another one by then. */
function writes(name, { faults }) {
  const count = faults ? ENTRIES : ENTRIES * UNTRACED
  return Array.from({ length: count }, (_, number) => {
    const entry = [{ file: entryOf(name, number) }]
    const replaces = [
      ['chmod', 0o600],
      ['stamp', entry, 5],
    ]
    if (number % 10 === 8) return replaces
    return number % 2 === 0 ? [['stamp', entry, FIRST_STAMP + number]] : [['append', entry]]
  }).flat()
}

describe.skipIf(process.platform !== 'linux')('of three writers at once it is refused to two', () => {
  test('the control, three of the original: entries are lost', { timeout: 5 * MINUTES }, async () => {
    let lost = 0
    for (let round = 0; round < 50 && lost === 0; round++) {
      const root = makeRoot()
      lost += (await together(root, 'original', [{}, {}, {}])).lost.length
      removeRoot(root)
    }
    expect(lost).toBeGreaterThan(0)
  })

  test.for(rows.filter(([, row]) => isSeparate(row)))('%s', { timeout: 10 * MINUTES }, async ([title, row]) => {
    const steps = chosen(
      title,
      ERRORS.map((error) => [error]),
    ).slice(0, ONE_IN === 1 ? 2 : 1)
    const failures = await failuresOf(steps, async (root, error) => {
      const faults = refusal(row, error, root)
      if (row.file === 'lockfile') stageLockfile(root, deadPid(), MINUTES) // for one of them to take it over
      fs.mkdirSync(journalDir(root), { recursive: true }) // what is not there yet is not swept
      const { errors, lost, unasked, complete, leftovers, turns, runs } = await together(root, 'root', [
        faults,
        faults,
        {},
      ])
      if (runs.every((run) => refused(row, run, root) === 0)) return ['no such call is made']
      return [
        ...new Set(errors),
        ...(lost.length > 0 ? [`${lost.length} lost`] : []),
        ...unasked.map((line) => `nobody wrote ${line}`),
        ...(complete ? [] : ['no whole journal']),
        ...leftovers.map((name) => `${name} is left`),
        ...(turns > 3 ? [] : [`only ${turns} turns`]),
      ]
    })
    expect(failures).toEqual([])
  })
})

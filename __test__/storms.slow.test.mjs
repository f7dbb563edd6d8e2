// A short round of each storm in `proof/stress/`; `npm run stress` has them for minutes. JOURNAL_TEST_SEED repeats the choices.

import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import { describe as inWords } from '../proof/stress/fleet.mjs'
import { missing } from '../proof/stress/platform.mjs'
import { playRound } from '../proof/stress/round.mjs'
import { scenarios } from '../proof/stress/scenarios/index.mjs'

// Odd: every fourth seed has stops of over 5 s.
const seed = Number(process.env.JOURNAL_TEST_SEED ?? (Date.now() % 2 ** 31) | 1)
const MS = 500
const LONG_ENOUGH = { timeout: 180_000 }

describe('a storm', () => {
  test.for(scenarios)('$name', LONG_ENOUGH, async (scenario, { skip, expect }) => {
    const reason = missing(scenario)
    if (reason) {
      console.log(`storm ${scenario.name}: skipped, ${reason}`)
      skip(reason)
    }
    const { failures, ...verdict } = await playRound(scenario, { seed, ms: MS })
    const { acknowledged, lost, longestMs, counts } = verdict
    const befell = Object.entries(counts).map(([what, number]) => `${number} ${what}`)
    console.log(
      `storm ${scenario.name}, JOURNAL_TEST_SEED=${seed}: ${inWords(scenario.fleet)}: ${acknowledged} acknowledged, ` +
        `${lost} lost; ${befell.join(', ')}; longest wait ${longestMs.toFixed(0)} ms`,
    )
    expect(failures, `kept: ${verdict.root}`).toEqual([])
  })
})

// The same account must find what the original loses. It is likely to lose something in one round, and sure to in twenty.
test.skipIf(process.platform === 'win32')(
  'control: the original in the natives’ place loses entries',
  LONG_ENOUGH,
  async () => {
    const staged = scenarios.find(({ name }) => name === 'staged')
    let lost = 0
    for (let round = 0; round < 20 && lost === 0; round++) {
      const verdict = await playRound(staged, { seed: seed + round, ms: 2000, subject: 'original' })
      lost += verdict.lost
      fs.rmSync(verdict.root, { recursive: true, force: true })
    }
    console.log(`control: ${lost} lost by the original`)
    expect(lost).toBeGreaterThan(0)
  },
)

// What the bench makes of its figures: when a target is met, and when the short form fails.

import { describe, expect, test } from 'vitest'
import { TARGETS, recordedTargets, verdicts } from '../bench/targets.mjs'

const beside = (ratio) => [{ others: 10_000, toAlone: { median: ratio } }]
const races = (perSecond, lost = 0) => {
  const [toJs, native] = [{ median: perSecond }, { lost, errors: 0, smallestShare: 1 }]
  return [{ writers: 8, native, toJs: { perSecond: toJs, p99: { median: 0 }, cpu: { median: 0 } } }]
}
const named = (name) => TARGETS.filter(({ what }) => what.includes(name))
const verdict = (name, parts, recorded) => verdicts(parts, recorded, false, named(name))[0]

describe('a target', () => {
  test.each([
    ['at its bound is met', verdict('10,000 other files', { crowd: beside(1.2) }), true, false],
    ['missed by less than twice is not met', verdict('10,000 other files', { crowd: beside(2.3) }), false, false],
    ['missed by more than twice is a regression', verdict('10,000 other files', { crowd: beside(2.5) }), false, true],
    ['of at least so much is met by more', verdict('calls a second, 8 writers', { writers: races(11) }), true, false],
    [
      'of at least so much is not met by less',
      verdict('calls a second, 8 writers', { writers: races(6) }),
      false,
      false,
    ],
    [
      'of at least so much regresses below the half',
      verdict('calls a second, 8 writers', { writers: races(4) }),
      false,
      true,
    ],
    ['of none is met by none', verdict('lost entries', { writers: races(11, 0) }), true, false],
    ['of none regresses by one', verdict('lost entries', { writers: races(11, 1) }), false, true],
  ])('%s', (_, { met, regressed }, isMet, hasRegressed) => {
    expect({ met, regressed }).toEqual({ met: isMet, regressed: hasRegressed })
  })
})

describe('what was recorded', () => {
  test('is no regression, though the target is missed', () => {
    const recorded = { writers: races(3) }
    expect(verdict('calls a second, 8 writers', { writers: races(2) }, recorded)).toMatchObject({
      met: false,
      regressed: false,
    })
    expect(verdict('calls a second, 8 writers', { writers: races(1) }, recorded)).toMatchObject({
      met: false,
      regressed: true,
    })
  })

  test('is the bound where it is steady, though the target is met', () => {
    const recorded = { crowd: beside(0.5) }
    expect(verdict('10,000 other files', { crowd: beside(0.9) }, recorded)).toMatchObject({
      met: true,
      regressed: false,
    })
    expect(verdict('10,000 other files', { crowd: beside(1.1) }, recorded)).toMatchObject({
      met: true,
      regressed: true,
    })
  })

  test('excuses no loss', () => {
    const [parts, recorded] = [races(11, 1), races(11, 0)].map((writers) => ({ writers }))
    expect(verdict('lost entries', parts, recorded).regressed).toBe(true)
  })
})

test('what an earlier full run did not measure is no bound, and what the run itself lacks is an error', () => {
  const recorded = { crowd: [{ others: 100, toAlone: { median: 9 } }] }
  expect(verdict('10,000 other files', { crowd: beside(2.5) }, recorded)).toMatchObject({ regressed: true })
  expect(recordedTargets(recorded)).toEqual([])
  expect(() => verdicts(recorded)).toThrow('not measured')
})

test('what was not measured is not judged, and no target is judged by nothing', () => {
  expect(verdicts({})).toEqual([])
  for (const { part, value } of TARGETS) expect(() => value([]), part).toThrow()
})

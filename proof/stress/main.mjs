// `npm run stress`: storms of writers that are killed, stopped and terminated, and whose lock is stolen, round after round, for some minutes. Ends with
// a table, and with a status other than 0 if an acknowledged entry was lost or anything else was not as it must be.
//
//   npm run stress -- --minutes N   for how long, about; 5 without it
//   npm run stress -- --seed N      the choices of that run again (what the scheduler makes of them differs)
//   npm run stress -- --only NAME   one scenario, or those that begin so: 'killer*'; may be repeated
//   npm run stress -- --rounds N    so many rounds of each, however long that takes
//   npm run stress -- --list        what there is
//   npm run stress -- --control     the JavaScript module in the natives' place: the account must find what it loses
import fs from 'node:fs'
import { parseArgs } from 'node:util'
import { setup } from '../../testkit/original.mjs'
import { describe } from './fleet.mjs'
import { HOSTILE, readHostile } from './hostile.mjs'
import { missing } from './platform.mjs'
import { Progress } from './progress.mjs'
import { playRound } from './round.mjs'
import { scenarios } from './scenarios/index.mjs'
import { Tally, machine } from './tally.mjs'

const ROUND_MS = 3000
/** Of the time, for hostile journals: 1.7 million in a minute. */
const READING = 0.2
const FIGURES = ['acknowledged', 'lost', 'torn', 'leftovers', 'failed']

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: 'string', multiple: true, default: ['*'] },
    rounds: { type: 'string' },
    list: { type: 'boolean', default: false },
    control: { type: 'boolean', default: false },
  },
})
const minutes = number('minutes')
const seed = number('seed')
const rounds = options.rounds && number('rounds')
const isChosen = (name) => options.only.some((only) => isCalled(name, only))
const chosen = scenarios.filter(({ name }) => isChosen(name))
const reads = isChosen(HOSTILE) && !options.control
if (chosen.length === 0 && !reads) throw new TypeError(`no scenario is called ${options.only}`)

const progress = new Progress()
const tally = new Tally()

if (options.list) list()
else process.exitCode = await stress()

function list() {
  const rows = [
    ...chosen.map(({ name, fleet }) => [name, describe(fleet)]),
    ...(reads ? [[HOSTILE, 'two readers']] : []),
  ]
  for (const [name, what] of rows) console.log(`${name.padEnd(24)} ${what}`)
}

function isCalled(name, only) {
  return only.endsWith('*') ? name.startsWith(only.slice(0, -1)) : name === only
}

function number(name) {
  const value = Number(options[name])
  if (!(value >= 0)) throw new TypeError(`--${name} wants a number, not ${options[name]}`)
  return value
}

/** Resolves to the exit code. */
async function stress() {
  setup()
  progress.say(`stress: seed ${seed}; ${machine()}`)
  const skipped = chosen.filter(missing)
  for (const scenario of skipped) progress.say(`skipped: ${scenario.name}: ${missing(scenario)}`)

  let failed = reads && !read() ? 1 : 0
  for (const { scenario, seed } of schedule(chosen.filter((scenario) => !skipped.includes(scenario)))) {
    progress.show(`${scenario.name}; so far ${figures(['acknowledged', 'lost', 'torn'])}`)
    if (!(await play(scenario, seed))) failed++
  }

  if (tally.rounds > 0) progress.say(`\n${tally.table()}\n`)
  const rest = `${failed} rounds failed, ${skipped.length} scenarios skipped`
  progress.say(`${tally.rounds} rounds, ${progress.minutes.toFixed(1)} min: ${figures(FIGURES)}; ${rest}`)
  if (!options.control) return failed > 0 || (tally.rounds === 0 && !reads) ? 1 : 0
  const found = tally.sum('lost') > 0
  progress.say(`control: the account ${found ? 'finds what the original loses' : 'FOUND NOTHING LOST'}`)
  return found ? 0 : 1
}

/** Returns whether every hostile journal is read as the original reads it. */
function read() {
  const ms = rounds === undefined ? READING * minutes * 60_000 : rounds * ROUND_MS
  progress.show(HOSTILE)
  const { count, failure } = readHostile(seed, ms)
  progress.say(`${HOSTILE}: ${count.toLocaleString('en')} read ${failure ? 'until one differs' : 'alike'}`)
  if (failure)
    progress.say(`FAILED: ${HOSTILE}: ${failure}\n  again: npm run stress -- --only ${HOSTILE} --seed ${seed}`)
  return !failure
}

/** Every scenario has its first round, whatever the time. */
function* schedule(playable) {
  for (let round = 0; playable.length > 0 && (rounds === undefined || round < rounds); round++) {
    for (const scenario of playable) {
      if (rounds === undefined && round > 0 && progress.minutes >= minutes) return
      yield { scenario, seed: seed + round }
    }
  }
}

/** Resolves to whether all was as it must be. */
async function play(scenario, seed) {
  try {
    const verdict = await playRound(scenario, { seed, ms: ROUND_MS, subject: options.control ? 'original' : 'root' })
    tally.add(scenario, verdict)
    if (verdict.failures.length > 0) throw Object.assign(new Error(verdict.failures.join('\n  ')), verdict)
    return true
  } catch ({ message, root }) {
    if (options.control) fs.rmSync(root, { recursive: true })
    else tell(scenario, seed, message, root)
    return false
  }
}

function figures(names) {
  return names.map((name) => `${tally.sum(name).toLocaleString('en')} ${name}`).join(', ')
}

function tell({ name }, seed, what, root) {
  progress.say(`FAILED: ${name}: ${what}`)
  progress.say(`  again: npm run stress -- --only ${name} --seed ${seed} --rounds 1`)
  progress.say(`  kept: ${root}`)
}

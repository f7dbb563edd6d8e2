// `npm run bench`: the JS module as published, ours, and the bare system calls, side by side, in turns.
//
//   npm run bench                   everything; writes results.json, and from it plots/ and the tables of README.md and docs/speed.md
//   npm run bench -- --short        what CI runs, in less than a minute; status 1 if something is twice as bad as it should be
//   npm run bench -- --only NAME    one part: latency, cold, batches, crowd, writers, peers, waiting, loop; only prints
//   npm run bench -- --dir DIR      there, and not on a new ext4 and in memory; only prints
//   npm run bench -- --seed N       the same choices again
//   npm run bench -- --draw         only draws plots/ and the tables of README.md and docs/speed.md again, from results.json
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { setup } from '../testkit/original.mjs'
import { draw } from './draw/figures.mjs'
import { makePlaces, removePlaces } from './lib/places.mjs'
import { bold, dim, digits, green, red, table } from './lib/print.mjs'
import { generator } from './lib/random.mjs'
import { endSubjects, startSubjects } from './lib/subject.mjs'
import { recorded, writePages } from './page.mjs'
import * as batches from './parts/batches.mjs'
import * as cold from './parts/cold.mjs'
import * as crowd from './parts/crowd.mjs'
import * as latency from './parts/latency.mjs'
import * as loop from './parts/loop.mjs'
import * as peers from './parts/peers.mjs'
import * as waiting from './parts/waiting.mjs'
import * as writers from './parts/writers.mjs'
import { TARGETS, verdicts } from './targets.mjs'

const PARTS = { latency, cold, batches, crowd, writers, peers, waiting, loop }
const RESULTS = new URL('results.json', import.meta.url)

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    dir: { type: 'string' },
    seed: { type: 'string' },
    draw: { type: 'boolean', default: false },
  },
})
if (options.draw) {
  drawRecorded()
  process.exit()
}
const seed = Number(options.seed ?? Date.now() % 2 ** 31)
if (!Number.isSafeInteger(seed)) throw new TypeError(`--seed wants a whole number, not ${options.seed}`)
if (options.only && !PARTS[options.only]) throw new TypeError(`--only wants one of ${Object.keys(PARTS).join(', ')}`)
const judged = (name) => TARGETS.some(({ part, full }) => part === name && !full)
const names = options.only ? [options.only] : Object.keys(PARTS).filter((name) => !options.short || judged(name))
const random = generator(seed)

setup()
const places = makePlaces(options.dir)
process.once('exit', removePlaces)
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => process.exit(128 + os.constants.signals[name]))

const machine = {
  date: new Date().toISOString().slice(0, 10),
  cpu: os.cpus()[0].model,
  cores: os.cpus().length,
  system: `${os.type()} ${os.release()}`,
  node: process.version,
  load: os.loadavg().map((load) => Math.round(load * 100) / 100),
}
const { load, ...described } = machine
console.log(`bench: seed ${seed}; ${Object.values(described).join(', ')}; load ${load.join(' ')}`)
console.log(load[0] > machine.cores / 2 ? red('The machine is busy: times will be long, and spreads wide.\n') : '')

const results = { seed, machine, places: {} }
const subjects = startSubjects()
for (const place of places) {
  results.places[place.type] = {}
  for (const name of names) await measure(name, place)
}
const regressed = await judge()
await endSubjects(subjects)

if (options.short) process.exitCode = regressed ? 1 : 0
else if (!options.only && !options.dir) {
  fs.writeFileSync(RESULTS, `${JSON.stringify(results, (_, value) => rounded(value), 1)}\n`)
  drawRecorded()
}

async function measure(name, { type, dir }) {
  const part = PARTS[name]
  const begun = performance.now()
  const below = fs.mkdtempSync(path.join(dir, `${name}-`))
  const seen = (round, rounds) => progress(`${type}: ${part.title}: ${round} of ${rounds}`)
  const rows = await part.measure({ dir: below, short: options.short, random, subjects, seen })
  fs.rmSync(below, { recursive: true })
  progress('')
  console.log(`${bold(`${type}: ${part.title}`)} ${dim(`(${digits((performance.now() - begun) / 1000)} s)`)}`)
  part.print(rows)
  results.places[type][name] = rows
}

/** Prints where the targets stand. In the short form, what has regressed is measured once more, and counts if it has again. */
async function judge() {
  const before = fs.existsSync(RESULTS) ? recorded().places : {}
  const stand = ({ type }) => verdicts(results.places[type], before[type], options.short)
  if (options.short) {
    for (const place of places) {
      const again = new Set(stand(place).flatMap(({ regressed, part }) => (regressed ? [part] : [])))
      for (const name of again) await measure(name, place)
    }
  }
  const all = places.flatMap((place) => stand(place).map((verdict) => ({ ...place, ...verdict })))
  if (all.length === 0) return false
  console.log(bold('targets'))
  const cells = all.map(({ type, what, value, wanted, bound, met, regressed }) => [
    `${type}: ${what}`,
    digits(value),
    `${wanted} ${digits(bound)}`,
    regressed && options.short ? red('REGRESSED') : met ? green('met') : red('not met'),
  ])
  table(['', 'measured', 'target', ''], cells)
  return all.some(({ regressed }) => regressed)
}

/** Draws what was saved, so that what is drawn again later is the same. */
function drawRecorded() {
  draw(recorded())
  writePages(recorded())
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

function rounded(value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value
}

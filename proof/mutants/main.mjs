// Takes one step of the protocol out of the source at a time, and shows which test notices.
//
//   npm run mutants [-- --only TEXT]
//
// Works on a copy. Each mutant has to compile and its test has to fail; the same tests pass on the copy before
// anything is taken out. Exits with 1 if a mutant lives.

import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { record } from '../results.mjs'
import { MUTANTS, TESTS } from './list.mjs'

const home = fileURLToPath(new URL('../..', import.meta.url))
const { only } = parseArgs({ options: { only: { type: 'string' } } }).values

/** A copy of the project, without what git ignores, that shares its packages. */
function copy() {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-mutants-'))
  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: home,
    encoding: 'utf8',
  })
    .split('\0')
    .filter(Boolean)
  for (const file of tracked) {
    if (!fs.existsSync(path.join(home, file))) continue
    fs.mkdirSync(path.dirname(path.join(place, file)), { recursive: true })
    fs.copyFileSync(path.join(home, file), path.join(place, file))
  }
  fs.symlinkSync(path.join(home, 'node_modules'), path.join(place, 'node_modules'))
  return place
}

/** Runs a command; true if it succeeds. Its output is kept for a look at what went wrong. */
function succeeds(place, command) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: place,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  fs.writeFileSync(path.join(place, 'last-output'), stdout + stderr)
  return status === 0
}

/** Takes the step out, and gives back what puts it in again. */
function mutate(place, { file, from, to }) {
  const target = path.join(place, file)
  const text = fs.readFileSync(target, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`${file} has not exactly one place like this: ${from}`)
  fs.writeFileSync(
    target,
    text.replace(from, () => to),
  )
  return () => fs.writeFileSync(target, text)
}

function judge(place, mutant) {
  const restore = mutate(place, mutant)
  try {
    const { build, run } = TESTS[mutant.test]
    if (!succeeds(place, build)) return 'DOES NOT COMPILE'
    return succeeds(place, run) ? 'LIVES' : 'caught'
  } finally {
    restore()
  }
}

const place = copy()
const chosen = MUTANTS.filter(({ step }) => only === undefined || step.includes(only))
let living = 0
try {
  for (const name of new Set(chosen.map(({ test }) => test))) {
    const { build, run } = TESTS[name]
    if (!succeeds(place, build) || !succeeds(place, run))
      throw new Error(`${run} fails on the source as it is: ${place}/last-output`)
  }
  for (const mutant of chosen) {
    const start = Date.now()
    const verdict = judge(place, mutant)
    living += verdict !== 'caught'
    console.log(
      `${verdict.padEnd(8)} ${mutant.step.padEnd(66)} ${TESTS[mutant.test].run}  (${Math.round((Date.now() - start) / 1000)} s)`,
    )
  }
} finally {
  if (!living) fs.rmSync(place, { recursive: true })
}
console.log(`${chosen.length - living} of ${chosen.length} mutants caught`)
if (only === undefined) record('mutants', { of: chosen.length, caught: chosen.length - living })
process.exitCode = living ? 1 : 0

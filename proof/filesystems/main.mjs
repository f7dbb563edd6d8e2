// `npm run filesystems`: the whole suite on each file system that can be made here. Needs root. Ends with a table, and with a status
// other than 0 if anything failed.
//
//   npm run filesystems -- --only NAME   those whose names begin so; may be repeated
//   npm run filesystems -- --short       several writers at once, with fewer entries: half a minute each
//   npm run filesystems -- --all         what is skipped because this machine lacks something counts as failed
//   npm run filesystems -- --probe       no tests: what the file systems themselves do, as a table
//   npm run filesystems -- --speed       no tests: how long calls take there, as a table

import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { setup } from '../../testkit/original.mjs'
import { kinds, ways } from './kinds.mjs'
import { LACKS, isLeftOut } from './lacks.mjs'
import { Unavailable, endLeftovers, unmountAll } from '../../testkit/mounts.mjs'
import { probe, table } from './probe.mjs'
import { speed } from './speed.mjs'
import { suites, warningOf } from './suites.mjs'
import { Tally } from './tally.mjs'

const INSIDE = 'JOURNAL_FILESYSTEMS_INSIDE'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [''] },
    short: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    probe: { type: 'boolean', default: false },
    speed: { type: 'boolean', default: false },
  },
})

process.exitCode = process.env[INSIDE] ? await main() : await inside()

/** Runs this again with mounts of its own: nobody else sees them, or keeps them. */
async function inside() {
  if (process.platform !== 'linux' || process.getuid() !== 0) {
    console.log('skipped: all of it: needs Linux and root, for mounting')
    return options.all ? 1 : 0
  }
  const args = ['--mount', '--propagation', 'private', process.execPath, ...process.argv.slice(1)]
  const child = spawn('unshare', args, { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGTERM'))
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)))
}

async function main() {
  setup()
  const interrupted = new AbortController()
  process.on('SIGTERM', () => interrupted.abort())
  process.on('SIGINT', () => {}) // whoever started this hears it too, and says so
  const scratch = fs.mkdtempSync('/dev/shm/filesystems-')
  fs.chmodSync(scratch, 0o755) // for the tests that are another user
  const logs = fs.mkdtempSync(path.join(os.tmpdir(), 'filesystems-'))
  const tally = new Tally()
  const measure = (options.probe && probe) || (options.speed && speed)
  const measured = []
  try {
    const chosen = [...kinds, ways].filter(({ name }) => options.only.some((start) => name.startsWith(start)))
    for (const kind of chosen) {
      if (interrupted.signal.aborted) break
      const at = path.join(scratch, kind.name.replaceAll(' ', '-'))
      const dir = await made(kind, at, tally)
      if (!dir) continue
      if (measure) measured.push([kind.name, measure(dir)])
      else await testOn(kind, dir, path.join(logs, path.basename(at)), tally, interrupted.signal)
      await unmade(kind, tally)
    }
  } finally {
    unmountAll()
    fs.rmSync(scratch, { recursive: true })
  }
  if (measure) console.log(`\n${table(measured)}\n`)
  else console.log(`\n${tally.table()}\n`)
  for (const lack of tally.lacking) console.log(`skipped where there is no ${lack}: ${LACKS[lack].why}`)
  console.log(tally.summary())
  if (tally.failed > 0) console.log(`what failed is in ${logs}`)
  else fs.rmSync(logs, { recursive: true })
  return interrupted.signal.aborted || tally.failed > 0 || (options.all && tally.unavailable > 0) ? 1 : 0
}

/** The directory for temporary files on a new file system; none if that can't be had here. */
async function made(kind, at, tally) {
  const dir = path.join(at, 'tmp')
  try {
    await kind.make(at)
    fs.mkdirSync(dir)
    if (!kind.lacks?.includes('modes')) fs.chmodSync(dir, 0o1777)
    return dir
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    console.log(`${kind.name}: skipped: ${error.message}`)
    tally.skip(kind)
    unmountAll() // what was made for it
    return undefined
  }
}

/** A server that does not end when it is unmounted is a fault of ours. */
async function unmade(kind, tally) {
  unmountAll()
  const left = await endLeftovers()
  if (left.length === 0) return
  console.log(`${kind.name}: FAILED: still running: ${left.join(', ')}`)
  tally.failed++
}

async function testOn(kind, dir, logs, tally, signal) {
  const { lacks = [] } = kind
  tally.begin(kind, await warningOf(dir))
  for (const suite of suites) {
    if (signal.aborted || !suite.applies(kind) || (options.short && !suite.isShort?.(kind))) continue
    if (isLeftOut(suite.name, lacks)) {
      tally.leaveOut(suite)
      continue
    }
    const start = performance.now()
    const log = `${logs}-${suite.name.replaceAll(' ', '-')}.log`
    const result = await suite.run({ dir, lacks, short: options.short, log, signal })
    tally.count(suite, result)
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    console.log(`${kind.name}, ${suite.name}: ${Tally.words(result)} (${seconds} s)`)
    for (const name of result.wrong) console.log(`  FAILED: ${name}`)
  }
}

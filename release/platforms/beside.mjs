// Native writers of Windows and of Linux on one journal. A lock of Linux is no open handle on Windows, and a handle of Windows is no lock on Linux.
//
//   node release/platforms/beside.mjs    on Windows, with writers in WSL: there has to be a `node`, and here the binaries for both
//
// `npm run platform -- win32-x64-msvc --test` does the same on Linux, with writers under Wine.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { account } from './kills.mjs'
import { home } from './tools.mjs'

const SECONDS = 20
const EACH = 2
const script = path.join(import.meta.dirname, 'children/endless.mjs')

/**
 * Two writers of each side write for a while. A side is { name, module, start(args) }; `start` runs Node. Returns the status to exit with: a call
 * that fails is a fault, unless its error matches `excused`.
 */
export async function writeBeside(sides, excused) {
  const root = fs.mkdtempSync(path.join(fs.realpathSync.native(os.tmpdir()), 'journal-beside-'))
  const end = String(Date.now() + SECONDS * 1000)
  try {
    const names = await Promise.all(
      sides.map(async ({ module, start }, side) => {
        const names = Array.from({ length: EACH }, (_, number) => `w${side * EACH + number}`)
        await Promise.all(names.map((name) => once(start([script, name, module, root, end]), 'close')))
        return names
      }),
    )
    const sums = names.map((names) => account(root, names).acknowledged)
    const { lost, torn, errors, longestMs } = account(root, names.flat())
    console.log(
      `${sides.map(({ name }, side) => `${sums[side]} acknowledged on ${name}`).join(', ')}; ${lost} lost, ${torn} torn lines, ` +
        `${errors.length} errors${errors.length > 0 ? ` (${errors[0]})` : ''}, longest call ${longestMs.toFixed(0)} ms`,
    )
    const faults = errors.filter((error) => !excused?.test(error))
    return lost === 0 && torn === 0 && faults.length === 0 && Math.min(...sums) > 100 ? 0 : 1
  } finally {
    fs.rmSync(root, { recursive: true, force: true })
  }
}

/** A path as programs in WSL name it. */
const inWsl = (word) => word.replace(/^([A-Z]):\\/i, (_, drive) => `/mnt/${drive.toLowerCase()}/`).replaceAll('\\', '/')

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const module = path.join(home, 'index.js')
  process.exitCode = await writeBeside([
    { name: 'Windows', module, start: (args) => spawn(process.execPath, args, { stdio: 'inherit' }) },
    {
      name: 'Linux',
      module,
      start: (args) => spawn('wsl', ['--user', 'root', 'node', ...args.map(inWsl)], { stdio: 'inherit' }),
    },
  ])
}

// The project's own vitest suite over a binary for another platform: in a copy of the project whose tools are that platform's, by a Node
// of that platform.

import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setup } from '../../testkit/original.mjs'
import { RUNTIMES } from './runtimes.mjs'
import { home } from './tools.mjs'

/** The whole suite takes six minutes at full speed; under Wine a test can hang. */
const LONGEST_MS = 40 * 60_000

/** Runs the tests whose files match `filters`, or all and what else there is; returns the status to exit with. */
export async function runSuite(name, binary, version, filters) {
  const runtime = RUNTIMES[name]
  if (!runtime || process.platform !== 'linux' || process.arch !== 'x64') {
    console.error(`the suite can't be run on ${name} here: nothing on this machine runs its programs`)
    return 1
  }
  const dir = copyProject(name, binary, runtime.npm)
  const { command, env = {}, end = () => {}, also = () => 0 } = runtime.start(version ?? runtime.node, dir)
  const run = (...args) => {
    const options = { cwd: dir, stdio: 'inherit', env: { ...process.env, ...env }, timeout: LONGEST_MS }
    const { status, error } = spawnSync(command[0], [...command.slice(1), ...args], options)
    if (error) console.error(`it was ended: ${error.message}`)
    return status ?? 1
  }
  try {
    run('--version')
    const status = run('node_modules/vitest/vitest.mjs', 'run', ...(runtime.vitest ?? []), ...filters)
    const more = filters.length === 0 ? await also() : 0
    return status || more
  } finally {
    end()
  }
}

function copyProject(name, binary, npm) {
  const dir = path.join(home, 'target/platform-tests', name)
  fs.rmSync(dir, { recursive: true, force: true })
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const files = execFileSync('git', list, { cwd: home, encoding: 'utf8' }).split('\0').filter(Boolean)
  for (const file of files) fs.cpSync(path.join(home, file), path.join(dir, file))
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...npm]
  execFileSync('npm', ['install', ...flags], { cwd: dir, stdio: 'inherit' })
  setup() // here, where npm is at hand
  const cache = 'node_modules/.cache'
  fs.cpSync(path.join(home, cache), path.join(dir, cache), { recursive: true })
  fs.copyFileSync(binary, path.join(dir, path.basename(binary)))
  return dir
}

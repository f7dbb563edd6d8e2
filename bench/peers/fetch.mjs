// The peers, as a user would install them: exactly the versions of `package-lock.json`, compiled here, and kept in `target/`.

import { spawnSync } from 'node:child_process'
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const wanted = fileURLToPath(new URL('.', import.meta.url))
const kept = fileURLToPath(new URL('../../target/bench-peers/', import.meta.url))

const PEERS = ['better-sqlite3', 'fs-ext', 'proper-lockfile']

/** Those that have an addon, which npm's install scripts would compile, or download. */
const ADDONS = ['better-sqlite3', 'fs-ext']

let fetched

/** Installs all of them unless they are there, a minute or two; returns the directory, and by name why one can't be had. */
export function fetchPeers() {
  return (fetched ??= find())
}

function find() {
  const manifest = fs.readFileSync(path.join(wanted, 'package-lock.json'))
  const version = crypto.createHash('sha256').update(manifest).update(process.version).digest('hex').slice(0, 12)
  const home = path.join(kept, version)
  const done = path.join(home, 'done')
  if (fs.existsSync(done)) return { home, faults: {} }
  fs.rmSync(home, { recursive: true, force: true })
  fs.mkdirSync(home, { recursive: true })
  for (const name of ['package.json', 'package-lock.json'])
    fs.copyFileSync(path.join(wanted, name), path.join(home, name))
  const faults = install(home)
  // Last, and only if nothing is missing: without this file the next run tries again.
  if (Object.keys(faults).length === 0) fs.writeFileSync(done, '')
  return { home, faults }
}

function install(home) {
  // Not `npm ci`, which refuses to start where a registry lacks some other platform's optional package.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const unfetched = faultOf('npm', args, { cwd: home, shell: process.platform === 'win32' })
  if (unfetched) return Object.fromEntries(PEERS.map((name) => [name, `can't be fetched: ${unfetched}`]))

  const modules = path.join(home, 'node_modules')
  const gyp = path.join(modules, 'node-gyp/bin/node-gyp.js')
  // node-gyp takes npm's settings from the environment. Without headers beside this Node it downloads them.
  const headers = path.resolve(fs.realpathSync(process.execPath), '../..')
  const found = fs.existsSync(path.join(headers, 'include/node/node.h'))
  const env = { ...process.env, ...(found && { npm_config_nodedir: headers }) }
  const faults = ADDONS.map((name) => {
    const cwd = path.join(modules, name)
    return [name, faultOf(process.execPath, [gyp, 'rebuild', '--release'], { cwd, env })]
  })
  const told = faults.filter(([, fault]) => fault)
  return Object.fromEntries(told.map(([name, fault]) => [name, `can't be compiled: ${fault}`]))
}

/** Runs a command to its end; what it last said if it failed, or undefined. */
function faultOf(command, args, options) {
  const { status, error, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (status === 0) return undefined
  return error?.message ?? stderr.trim().split('\n').at(-1)
}

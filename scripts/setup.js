'use strict'
// What a fresh clone needs before its first test or demo: the npm packages, and the addon built from source.

const { execSync } = require('node:child_process')
const { existsSync, statSync } = require('node:fs')
const { resolve } = require('node:path')

const root = resolve(__dirname, '..')
const at = (path) => resolve(root, path)

function run(what, command) {
  console.log(`${what}: ${command}`)
  try {
    execSync(command, { cwd: root, stdio: 'inherit' })
  } catch (error) {
    console.error(`${what} failed: ${command}`)
    process.exit(error.status ?? 1) // what went wrong was said by the command
  }
}

/** npm writes `node_modules/.package-lock.json` last, so it is newer than the lockfile it installed from. */
function isInstalled() {
  const done = at('node_modules/.package-lock.json')
  return existsSync(done) && statSync(done).mtimeMs >= statSync(at('package-lock.json')).mtimeMs
}

// Not `npm ci`: it refuses to start where a registry lacks some other platform's optional package. The versions are those of the
// lockfile all the same, and --no-save keeps it as it is.
const install = 'npm install --no-save --no-audit --no-fund --ignore-scripts --loglevel=error'
if (!isInstalled()) run('installing the tools', install)
run('building the addon', 'npm run --silent build')

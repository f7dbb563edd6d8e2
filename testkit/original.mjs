// The JS module that codegraph-journal replaces, as published, to compare with.

import { execFileSync } from 'node:child_process'
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const SPEC = '@optave/codegraph@3.11.2'
const INTEGRITY = 'sha512-Ji3VSy8r2yTqUCy23SFRyuqG4/R4Paj1RK0SHPwlX4cCo6XfqGlTR0FgPKZzWWFAuUchJqYFomjLAScAtJFKYA=='

const cache = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url))
const home = path.join(cache, 'codegraph-3.11.2')

/** Where its journal module is, once `setup` has run. Its package hides that file from `import`. */
export const originalModule = path.join(home, 'dist/domain/graph/journal.js')

/** Vitest's global setup. Fetches the package once; a failure stops the run, it never skips. */
export function setup() {
  if (fs.existsSync(originalModule)) return
  fs.mkdirSync(cache, { recursive: true })
  const staging = fs.mkdtempSync(`${home}.`)
  try {
    unpack(pack(staging), staging)
    publish(path.join(staging, 'package'))
  } finally {
    fs.rmSync(staging, { recursive: true, force: true })
  }
}

function pack(staging) {
  const shell = process.platform === 'win32' // npm is a .cmd script there
  execFileSync('npm', ['pack', SPEC, '--ignore-scripts', '--silent'], {
    cwd: staging,
    shell,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [tarball] = fs.readdirSync(staging)
  const bytes = fs.readFileSync(path.join(staging, tarball))
  const integrity = `sha512-${crypto.createHash('sha512').update(bytes).digest('base64')}`
  if (integrity !== INTEGRITY) {
    throw new Error(`${SPEC} is not the package this suite was written for: ${integrity}`)
  }
  return tarball
}

// The module, the logger it imports, and the package.json that makes both of them ESM.
function unpack(tarball, staging) {
  const members = ['package.json', 'dist/domain/graph/journal.js', 'dist/infrastructure/logger.js']
  execFileSync('tar', ['-xzf', tarball, ...members.map((name) => `package/${name}`)], {
    cwd: staging,
  })
}

// All or nothing, so that an interrupted run leaves no half a package behind.
function publish(unpacked) {
  try {
    fs.renameSync(unpacked, home)
  } catch (error) {
    if (!fs.existsSync(originalModule)) throw error // else another run was first
  }
}

// The programs that the package is tried with: exactly the versions of `tools/package-lock.json`, kept in `target/`.

import { execFileSync } from 'node:child_process'
import crypto from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { home } from './pack.mjs'

const wanted = fileURLToPath(new URL('tools', import.meta.url))

/** Installs them unless they are there; returns where each is: 1.3 GB, most of it runtimes. */
export function fetchTools() {
  const modules = path.join(install(), 'node_modules')
  const at = (...names) => path.join(modules, ...names)
  return {
    node: (major) => at(`node-${major}/bin/node`),
    bun: at('@oven/bun-linux-x64/bin/bun'),
    deno: at('@deno/linux-x64-glibc/deno'),
    pnpm: at('@pnpm/exe.linux-x64/pnpm'),
    yarn: at('@yarnpkg/cli-dist/bin/yarn.js'),
    publint: at('publint/src/cli.js'),
    attw: at('@arethetypeswrong/cli/dist/index.js'),
    /** A bundler, as a module. */
    load: createRequire(at('_')),
  }
}

function install() {
  const version = crypto
    .createHash('sha256')
    .update(fs.readFileSync(path.join(wanted, 'package-lock.json')))
    .digest('hex')
  const done = path.join(home, 'target/packed-tools', version.slice(0, 12))
  if (fs.existsSync(done)) return done
  const staging = `${done}.${process.pid}`
  fs.cpSync(wanted, staging, { recursive: true })
  // Not `npm ci`, which refuses to start where a registry lacks some other platform's optional package.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', args, { cwd: staging, stdio: ['ignore', 'ignore', 'inherit'] })
  fs.renameSync(staging, done)
  return done
}

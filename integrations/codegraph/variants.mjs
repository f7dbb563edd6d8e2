// The codegraphs that are compared: copies of one installation, each with another part of the integration.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { originalModule } from '../../testkit/original.mjs'
import { applyToPackage } from './apply.mjs'

const home = fileURLToPath(new URL('../..', import.meta.url))

export const VARIANTS = {
  published: { title: 'as published', parts: [] },
  checkpoints: { title: 'checkpoints', parts: ['checkpoints'] },
  package: { title: 'checkpoints and the lock', parts: ['checkpoints', 'package'] },
}

/** Copies `codegraph`, a package of npm, and applies a variant. Returns the copy's command line. */
export function makeVariant(name, codegraph, dir) {
  const copy = path.join(dir, name)
  fs.rmSync(copy, { recursive: true, force: true })
  fs.mkdirSync(path.join(dir, 'node_modules'), { recursive: true })
  link(home, path.join(dir, 'node_modules/codegraph-journal'))
  for (const part of ['dist', 'package.json'])
    fs.cpSync(path.join(codegraph, part), path.join(copy, part), { recursive: true })
  link(path.join(codegraph, 'grammars'), path.join(copy, 'grammars'))
  const dist = path.join(copy, 'dist')
  restoreJournal(dist)
  for (const part of VARIANTS[name].parts) applyToPackage(dist, part)
  return path.join(dist, 'cli.js')
}

/** The demo leaves its own journal in the package that it has fetched. */
function restoreJournal(dist) {
  fs.copyFileSync(originalModule, path.join(dist, 'domain/graph/journal.js'))
}

export function link(target, name) {
  fs.rmSync(name, { force: true })
  fs.symlinkSync(target, name, 'junction')
}

// The tarballs on this machine, whatever it is, with its own npm and Node: for the platforms that `run.mjs` has no runtimes for.
//
//   node release/packed/here.mjs TARBALLS

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Project } from './project.mjs'
import { serve } from './registry.mjs'

const [tarballs] = process.argv.slice(2)
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-packed-'))
const registry = await serve(path.resolve(tarballs))
try {
  const user = new Project(scratch, 'here', { '.npmrc': `registry=${registry.url}\n` })
  user.copy(fileURLToPath(new URL('smoke.mjs', import.meta.url)))
  await user.run('npm', ['install', 'codegraph-journal'])
  assert.equal(new Set(registry.given).size, 2, `npm has fetched ${registry.given}`)
  console.log(await user.run(process.execPath, ['smoke.mjs']))
} finally {
  registry.close()
  fs.rmSync(scratch, { recursive: true, force: true })
}

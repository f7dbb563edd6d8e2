// The tarballs on this machine, whatever it is, with its own npm and Node: for the platforms that `run.mjs` has no runtimes for.
//
//   node release/packed/here.mjs TARBALLS [PLATFORM] [--plain]
//
// Fails unless npm chooses the binary of PLATFORM, if one is given. With --plain it fails on a Windows that has more than Windows brings.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Project } from './project.mjs'
import { serve } from './registry.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { plain: { type: 'boolean', default: false } },
})
const [tarballs, platform] = positionals
if (options.plain) {
  const runtime = path.join(process.env.SystemRoot, 'System32', 'vcruntime140.dll')
  assert.equal(fs.existsSync(runtime), false, `${runtime} is there: what loads here may not load elsewhere`)
}
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-packed-'))
const registry = await serve(path.resolve(tarballs))
try {
  const user = new Project(scratch, 'here', { '.npmrc': `registry=${registry.url}\n` })
  user.copy(fileURLToPath(new URL('smoke.mjs', import.meta.url)))
  await user.run('npm', ['install', 'codegraph-journal'])
  assert.equal(new Set(registry.given).size, 2, `npm has fetched ${registry.given}`)
  if (platform) assert.ok(registry.given.includes(`codegraph-journal-${platform}`), `npm has fetched ${registry.given}`)
  console.log(await user.run(process.execPath, ['smoke.mjs']))
} finally {
  registry.close()
  fs.rmSync(scratch, { recursive: true, force: true })
}

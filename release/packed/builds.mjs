// What is built upon the package: TypeScript in every resolution, and applications whose bundler keeps it external.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { home } from './pack.mjs'

const TSC = path.join(home, 'node_modules/typescript/bin/tsc')
const USAGE = path.join(home, '__test__/types/usage.ts')
const APP = fileURLToPath(new URL('project/app.mjs', import.meta.url))
const EXTERNAL = ['codegraph-journal', 'codegraph-journal/dir']
const READ = { valid: true, timestamp: 5, changed: ['a'], removed: [] }

export async function builds({ report, tools, project }) {
  const user = project('builds')
  const node = (...args) => user.run(process.execPath, args)
  await user.run('npm', ['install', 'codegraph-journal'])

  for (const file of ['usage.ts', 'usage.mts', 'usage.cts']) fs.copyFileSync(USAGE, user.at(file))
  const compile = (moduleResolution, module, ...files) =>
    report.check(`TypeScript, ${moduleResolution}: ${files.join(', ')}`, () => {
      const compilerOptions = { strict: true, target: 'es2022', types: [], module, moduleResolution }
      user.write({ 'tsconfig.json': { compilerOptions, files } })
      return node(TSC, '--noEmit')
    })
  await compile('node16', 'node16', 'usage.mts', 'usage.cts')
  await compile('bundler', 'esnext', 'usage.ts')

  fs.copyFileSync(APP, user.at('app.mjs'))
  const check = (bundler, format, bundle) =>
    report.check(`${bundler}, external, ${format}`, async () => {
      const out = user.at(`${bundler}-${format}.${format === 'esm' ? 'mjs' : 'cjs'}`)
      await bundle(out, format)
      const root = user.at(`root-${bundler}-${format}`)
      assert.deepEqual(JSON.parse(await node(out, root)), [READ, READ, READ])
    })
  for (const format of ['esm', 'cjs']) {
    await check('esbuild', format, (outfile) => {
      const options = { bundle: true, platform: 'node', external: ['codegraph-journal'], logLevel: 'silent' }
      return tools.load('esbuild').build({ ...options, entryPoints: [user.at('app.mjs')], format, outfile })
    })
    await check('rollup', format, async (file) => {
      const bundle = await tools.load('rollup').rollup({ input: user.at('app.mjs'), external: EXTERNAL })
      await bundle.write({ file, format, interop: 'auto' })
    })
  }
  await check('webpack', 'cjs', (out) => webpack(tools.load('webpack'), user.at('app.mjs'), out))
}

async function webpack(load, entry, out) {
  const output = { path: path.dirname(out), filename: path.basename(out) }
  const externals = Object.fromEntries(EXTERNAL.map((name) => [name, `commonjs ${name}`]))
  const compiler = load({ mode: 'production', target: 'node', entry, output, externals })
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, stats) => (error ? reject(error) : resolve(stats)))
  })
  assert.equal(stats.hasErrors(), false, stats.toString())
}

// What is built upon the package: TypeScript in every resolution, applications whose bundler keeps it external, and applications that take it
// and its binary along.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
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

  for (const [bundler, bundle] of Object.entries(TAKING_ALONG))
    await report.check(`${bundler}, with the binary, moved`, async () => {
      const out = user.at(`along-${bundler}`)
      const entry = await bundle(tools.load, user, out)
      const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), 'along-')) // no node_modules above it
      fs.cpSync(out, elsewhere, { recursive: true })
      const told = await node(path.join(elsewhere, entry), path.join(elsewhere, 'root'))
      fs.rmSync(elsewhere, { recursive: true })
      assert.deepEqual(JSON.parse(told), [READ, READ, READ])
    })
}

/** Each bundles the application and what it needs into a directory, and returns the file to run. */
const TAKING_ALONG = {
  async esbuild(load, user, outdir) {
    const options = { bundle: true, platform: 'node', format: 'cjs', logLevel: 'error', loader: { '.node': 'copy' } }
    const outExtension = { '.js': '.cjs' }
    await load('esbuild').build({ ...options, outExtension, entryPoints: [user.at('app.mjs')], outdir })
    return 'app.cjs'
  },
  async ncc(load, user, out) {
    const { code, assets } = await load('@vercel/ncc')(user.at('app.mjs'), { quiet: true })
    fs.mkdirSync(out)
    fs.writeFileSync(path.join(out, 'index.mjs'), code)
    for (const [name, { source }] of Object.entries(assets)) {
      fs.mkdirSync(path.dirname(path.join(out, name)), { recursive: true })
      fs.writeFileSync(path.join(out, name), source)
    }
    return 'index.mjs'
  },
  async nft(load, user, out) {
    const base = user.at('.')
    const { fileList } = await load('@vercel/nft').nodeFileTrace([user.at('app.mjs')], { base })
    for (const file of fileList) fs.cpSync(path.join(base, file), path.join(out, file), { recursive: true })
    return 'app.mjs'
  },
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

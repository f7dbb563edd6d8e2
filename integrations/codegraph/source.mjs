// `--source DIR`: the pull requests in copies of a checkout of codegraph, and codegraph's own tests over them.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { CACHE, ENGINE_PLATFORM } from '../../examples/demo/fetch.mjs'
import { say } from '../../examples/demo/output.mjs'
import { applyToCheckout } from './apply.mjs'
import { link } from './variants.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** The new test that fails without checkpoints. */
const CHECKPOINTS = 'tests/integration/journal-during-build.test.ts'

/** codegraph's tests that come near the journal. */
const CONCERNS = /^tests\/((builder|incremental)\/|(unit|integration)\/.*(journal|watch|builder|incremental|pipeline))/

/** The pull requests, as copies of a checkout have them. Each has those before it, the last one none of the engine's. */
const COPIES = [
  { name: 'plain', title: 'as it is', parts: [] },
  { name: 'checkpoints', title: '1: checkpoints', parts: ['checkpoints'] },
  { name: 'watcher', title: '1 and 2: and the watcher', parts: ['checkpoints', 'watcher'] },
  { name: 'engine', title: 'all three: and the lock, in the engine', parts: ['checkpoints', 'watcher', 'engine'] },
  { name: 'package', title: 'all three, the lock as a package', parts: ['checkpoints', 'watcher', 'package'] },
]

/**
 * Runs codegraph's tests in copies of a checkout: as it is, and with the pull requests. What passes as it is has to pass with all of them, and
 * the new tests of the first have to fail without it.
 *
 * @param setup `withEngine`: whether each copy gets the engine of its own Rust. Else all have npm's, which resets the journal itself.
 * @returns the copies: `{ name, title, parts, copy }`
 */
export async function testSource(checkout, { node, scratch, withEngine, signal }) {
  let before
  const copies = []
  for (const { name, title, parts } of COPIES) {
    const copy = copyOf(checkout, path.join(scratch, name))
    const files = parts.flatMap((part) => applyToCheckout(copy, part))
    if (withEngine) await buildEngine(copy, signal)
    const added = files.map((file) => path.relative(copy, file)).filter((file) => file.endsWith('.test.ts'))
    const after = await run(copy, [...new Set([...testsOf(copy), ...added])], { node, signal })
    tell(title, after)
    before ??= after
    const worse = after.failed.filter((test) => !before.failed.includes(test))
    for (const test of worse) say.warn('worse', test)
    if (withEngine && worse.length > 0) throw new Error(`${worse.length} tests fail with the integration only`)
    copies.push({ name, title, parts, copy })
  }
  const [{ copy: plain }] = copies
  fs.copyFileSync(here('checkpoints/journal-during-build.test.ts'), path.join(plain, CHECKPOINTS))
  const without = await run(plain, [CHECKPOINTS], { node, signal })
  tell('the new test of 1, as it is', without)
  if (without.failed.length === 0) throw new Error('the new test passes without checkpoints: it shows nothing')
  return copies
}

/** Builds the engine of a copy, once for the same Rust, and puts it where codegraph looks first. */
async function buildEngine(copy, signal) {
  const target = path.join(CACHE, 'codegraph-engine')
  const built = path.join(target, `${hashOf([path.join(copy, 'crates'), here('../../core/src')])}.node`)
  if (!fs.existsSync(built)) {
    const done = say.step('engine', 'cargo build --release, for minutes …')
    const env = { ...process.env, CARGO_TARGET_DIR: target }
    const child = spawn('cargo', ['build', '--release', '--quiet'], { cwd: copy, env, stdio: 'inherit', signal })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`cargo build ended with ${code}`)
    const library = { win32: 'codegraph_core.dll', darwin: 'libcodegraph_core.dylib' }[process.platform]
    fs.copyFileSync(path.join(target, 'release', library ?? 'libcodegraph_core.so'), built)
    done()
  }
  // Not by `NAPI_RS_NATIVE_LIBRARY_PATH`, which the binaries of codegraph's tools obey, too.
  fs.copyFileSync(built, path.join(copy, `crates/codegraph-core/codegraph-core.${ENGINE_PLATFORM}.node`))
}

/** Of the Rust in some folders. */
export function hashOf(folders) {
  const hash = createHash('sha256')
  for (const folder of folders)
    for (const file of fs.readdirSync(folder, { recursive: true }).sort())
      if (/\.(rs|toml)$/.test(file)) hash.update(`${file}\0`).update(fs.readFileSync(path.join(folder, file)))
  return hash.digest('hex').slice(0, 16)
}

function tell(title, { passed, failed }) {
  say.note('tests', `${title}: ${passed} passed, ${failed.length} failed`)
  for (const name of failed) say.note('', `failed: ${name}`)
}

function copyOf(checkout, copy) {
  const skipped = ['node_modules', '.git', 'target'].map((name) => path.join(checkout, name))
  fs.cpSync(checkout, copy, { recursive: true, filter: (file) => !skipped.includes(file) })
  fs.mkdirSync(path.join(copy, 'node_modules'))
  const modules = fs.readdirSync(path.join(checkout, 'node_modules')).filter((name) => !name.startsWith('.vite'))
  for (const name of modules) link(path.join(checkout, 'node_modules', name), path.join(copy, 'node_modules', name))
  link(here('../..'), path.join(copy, 'node_modules/codegraph-journal'))
  return copy
}

const testsOf = (copy) =>
  fs
    .readdirSync(path.join(copy, 'tests'), { recursive: true })
    .map((file) => `tests/${file.split(path.sep).join('/')}`)
    .filter((file) => file.endsWith('.test.ts') && CONCERNS.test(file))
    .sort()

/** Runs test files, for which codegraph's setup compiles `dist` anew. vitest's own output is shown only if there is no report. */
async function run(copy, files, { node, signal }) {
  const report = path.join(copy, 'report.json')
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=json', `--outputFile=${report}`, ...files]
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` }
  const child = spawn(node, args, { cwd: copy, env, stdio: ['ignore', 'pipe', 'pipe'], signal })
  const output = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  await once(child, 'close')
  if (!fs.existsSync(report))
    throw new Error(`codegraph's tests did not run:\n${Buffer.concat(output).toString().slice(-3000)}`)
  const { testResults, numPassedTests } = JSON.parse(fs.readFileSync(report, 'utf8'))
  const failed = testResults.flatMap(({ name, message, status, assertionResults }) => {
    const names = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName)
    return names.length === 0 && status === 'failed' ? [`${path.relative(copy, name)}: ${message}`] : names
  })
  return { passed: numPassedTests, failed }
}

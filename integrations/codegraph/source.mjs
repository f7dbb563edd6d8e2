// `--source DIR`: the integration in a copy of a checkout of codegraph, and codegraph's own tests over it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ENGINE_PLATFORM } from '../../examples/demo/fetch.mjs'
import { say } from '../../examples/demo/output.mjs'
import { applyToCheckout, TEST } from './apply.mjs'
import { link } from './variants.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** codegraph's tests that come near the journal. */
const CONCERNS = /^tests\/((builder|incremental)\/|(unit|integration)\/.*(journal|watch|builder|incremental|pipeline))/

/** Tests a checkout as it is, with the lock, and with checkpoints. Returns the copies: `{ plain, whole }`. */
export async function testSource(checkout, { node, scratch, engine, signal }) {
  const plain = copyOf(checkout, path.join(scratch, 'plain'))
  const lock = copyOf(checkout, path.join(scratch, 'lock'))
  const whole = copyOf(checkout, path.join(scratch, 'whole'))
  applyToCheckout(lock, { lockOnly: true })
  applyToCheckout(whole)
  // Where codegraph looks first. Not by `NAPI_RS_NATIVE_LIBRARY_PATH`, which the binaries of its tools obey, too.
  if (engine) fs.copyFileSync(engine, path.join(whole, `crates/codegraph-core/codegraph-core.${ENGINE_PLATFORM}.node`))
  fs.copyFileSync(here('checkpoints/stale.test.ts'), path.join(lock, TEST))
  const wanted = testsOf(plain)

  const before = await run(plain, wanted, { node, signal })
  tell('as it is', before)
  const stale = await run(lock, [TEST], { node, signal })
  tell('the new test, with the lock only', stale)
  const after = await run(whole, [...wanted, TEST], { node, signal })
  tell(engine ? 'with all three' : 'with the lock and checkpoints', after)

  if (stale.failed.length === 0)
    throw new Error('the graph is not stale without checkpoints: the new test shows nothing')
  const worse = after.failed.filter((name) => !before.failed.includes(name))
  for (const name of worse) say.warn('worse', name)
  if (worse.length > 0) throw new Error(`${worse.length} of codegraph's own tests fail with the integration only`)
  return { plain, whole }
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

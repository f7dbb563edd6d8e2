// Gets what the demo needs that is not in this repository, once: codegraph and its prebuilt engine,
// the source tree, a Node that codegraph runs on, and better-sqlite3 compiled for that Node.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { log, say } from './output.mjs'

export const CODEGRAPH = '3.11.2'
export const TREE = { name: 'rxjs', version: '7.8.2' }
const NODE = '22.23.3'
const SQLITE = '12.6.2'

/** Kept from run to run, and ignored by git. Not in node_modules, which `npm ci` removes. */
export const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url))

const home = path.join(CACHE, 'codegraph-demo')
const modules = path.join(home, 'node_modules')
const stamp = path.join(home, 'ready.json')

const { platform, arch } = process
const glibc = Boolean(process.report.getReport().header.glibcVersionRuntime)
const engine = enginePackage()

/** The platform, as codegraph names the binaries of its engine; undefined if it has none. */
export const ENGINE_PLATFORM = engine?.replace('@optave/codegraph-', '')

/** @returns `{ node, codegraph, cli, tree, engines }`: paths, and the engines that codegraph has here */
export async function fetchCodegraph({ signal }) {
  const candidates = nodes()
  if (candidates.length === 0)
    throw new Error(
      `codegraph ${CODEGRAPH} needs Node 22.12 or newer; this is ${process.version}, and for ` +
        `${platform} ${arch} npm has none to fetch. Run the demo with a newer Node.`,
    )
  let node = candidates.find(isReady)
  if (node) say.note('fetch', `codegraph is here from an earlier run, in ${path.relative(process.cwd(), home)}`)
  else node = await prepare(candidates, { signal })
  const codegraph = path.join(modules, '@optave/codegraph')
  log.note('node', `codegraph runs on Node ${node.version}`)
  return {
    node: node.exec,
    codegraph,
    cli: path.join(codegraph, 'dist/cli.js'),
    tree: path.join(modules, TREE.name),
    engines: engine ? ['native', 'wasm'] : ['wasm'],
  }
}

/** The Nodes to try, in order: the one that runs this, if new enough, then npm's. */
function nodes() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const found = []
  if (major > 22 || (major === 22 && minor >= 12))
    found.push({ version: process.versions.node, exec: process.execPath, packages: packages({}) })
  if (platform === 'linux' && glibc && ['x64', 'arm64'].includes(arch)) {
    const name = `node-linux-${arch}`
    const exec = path.join(modules, name, 'bin/node')
    found.push({ version: NODE, exec, packages: packages({ [name]: NODE }) })
  }
  return found
}

function packages(node) {
  return {
    '@optave/codegraph': CODEGRAPH,
    'better-sqlite3': SQLITE,
    'node-gyp': '11.5.0',
    [TREE.name]: TREE.version,
    ...(engine && { [engine]: CODEGRAPH }),
    ...node,
  }
}

function enginePackage() {
  const platforms = [
    'darwin-arm64',
    'darwin-x64',
    'linux-arm64-gnu',
    'linux-x64-gnu',
    'linux-x64-musl',
    'win32-x64-msvc',
  ]
  const abi = { linux: glibc ? '-gnu' : '-musl', win32: '-msvc' }[platform] ?? ''
  const name = `${platform}-${arch}${abi}`
  return platforms.includes(name) ? `@optave/codegraph-${name}` : undefined
}

const stampOf = ({ version, packages }) => ({ node: version, packages })

function isReady(node) {
  // Written last: without it the folder is a fetch that was cut off.
  if (!fs.existsSync(stamp)) return false
  return isDeepStrictEqual(JSON.parse(fs.readFileSync(stamp, 'utf8')), stampOf(node))
}

async function prepare(candidates, { signal }) {
  for (const [index, node] of candidates.entries()) {
    await install(node, { signal })
    try {
      await compile(node, { signal })
      fs.writeFileSync(stamp, JSON.stringify(stampOf(node)))
      return node
    } catch (error) {
      signal.throwIfAborted()
      if (index === candidates.length - 1) throw error
      const [reason] = error.message.split('\n', 1)
      say.warn('compile', `better-sqlite3 does not run on Node ${node.version} (${reason}): another Node`)
    }
  }
}

async function install(node, { signal }) {
  const what = [`codegraph ${CODEGRAPH}`, engine && 'its engine', `${TREE.name} ${TREE.version}`]
  if (node.exec !== process.execPath) what.push(`Node ${node.version}`)
  const where = path.relative(process.cwd(), home)
  const done = say.step('fetch', `${what.filter(Boolean).join(', ')} from npm, about 100 MB, once, to ${where} …`)
  fs.rmSync(home, { recursive: true, force: true })
  fs.mkdirSync(home, { recursive: true })
  const manifest = { private: true, dependencies: node.packages }
  fs.writeFileSync(path.join(home, 'package.json'), JSON.stringify(manifest))
  // codegraph's install scripts compile thirty grammars it has with it; its optional part is not used.
  const flags = ['--ignore-scripts', '--omit=optional', '--legacy-peer-deps']
  await npm(['install', ...flags, '--no-audit', '--no-fund', '--loglevel=error'], { signal })
  done()
}

/**
 * Makes statements and garbage. Compiled with the headers of some newer Nodes (24.21 is one),
 * better-sqlite3 aborts when a statement is collected: better here than in the middle of a build.
 */
const TRIAL = `
  const db = new (require('better-sqlite3'))(':memory:');
  for (let round = 0; round < 100; round++) {
    for (let i = 0; i < 100; i++) db.prepare('select 1').get();
    Array.from({ length: 1e5 }, () => ({}));
  }`

async function compile({ exec, version }, { signal }) {
  const done = say.step('compile', `better-sqlite3 ${SQLITE} for Node ${version}, about a minute …`)
  const gyp = path.join(modules, 'node-gyp/bin/node-gyp.js')
  const cwd = path.join(modules, 'better-sqlite3')
  // node-gyp takes npm's settings from the environment before its own arguments.
  const headers = path.resolve(exec, '../..')
  const found = fs.existsSync(path.join(headers, 'include/node/node.h'))
  const env = { ...process.env, ...(found && { npm_config_nodedir: headers }) }
  await run(exec, [gyp, 'rebuild', '--release', '--jobs=max'], { cwd, env, signal })
  await run(exec, ['--eval', TRIAL], { cwd: home, signal })
  done()
}

/** codegraph's journal module becomes a re-export of ours, which recorder.mjs wraps for the audit. */
export function swapJournal(codegraph) {
  const recorder = pathToFileURL(fileURLToPath(new URL('recorder.mjs', import.meta.url)))
  const journal = path.join(codegraph, 'dist/domain/graph/journal.js')
  fs.writeFileSync(journal, `export * from ${JSON.stringify(recorder.href)};\n`)
  log.note('swap', "codegraph's dist/domain/graph/journal.js re-exports codegraph-journal")
}

function npm(args, { signal }) {
  const cli = process.env.npm_execpath
  if (cli) return run(process.execPath, [cli, ...args], { cwd: home, signal })
  return run('npm', args, { cwd: home, signal, shell: platform === 'win32' })
}

/** Runs a command to its end, with all that it starts; its output is shown only if it fails. */
async function run(command, args, { signal, ...options }) {
  signal.throwIfAborted()
  const group = platform !== 'win32'
  const stdio = ['ignore', 'pipe', 'pipe']
  const child = spawn(command, args, { ...options, stdio, detached: group })
  const stop = () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    if (group) process.kill(-child.pid)
    else child.kill()
  }
  signal.addEventListener('abort', stop)
  const output = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  try {
    const [code, killed] = await once(child, 'close')
    signal.throwIfAborted()
    if (code === 0) return
    const tail = Buffer.concat(output).toString().trim().split('\n').slice(-15).join('\n')
    throw new Error(`${path.basename(command)} ${path.basename(args[0])} ended with ${code ?? killed}:\n${tail}`)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

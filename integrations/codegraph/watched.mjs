// A real `codegraph watch` beside a real `codegraph build`: a file is edited that the build has read and not yet written. The watcher puts the
// edit into the graph and into the journal; the build then writes what it has read over it. Another file is edited, and built. Does the graph
// have the first edit?
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { namesInGraph } from './graph.mjs'

/** How many files a build has to parse, so that it takes longer than the watcher's debounce. */
const CHANGED = 60
/** Long enough for the watcher to start, and to put an edit into the graph. */
const SETTLED_MS = 4000
/** How often something is tried again: the watcher may be busy, and SQLite gives up where both write. */
const TRIES = 15

/** @returns how many graphs were looked at, and how many lack the edit */
export async function watched({ node, cli, sqlite, tree, root, rounds, env, signal }) {
  const options = { env: { ...process.env, ...env }, signal, stdio: ['ignore', 'ignore', 'pipe'] }
  fs.cpSync(path.join(tree, 'src'), path.join(root, 'src'), { recursive: true })
  const inSource = (name) => path.join(root, 'src', name)
  const sources = fs.readdirSync(path.join(root, 'src'), { recursive: true }).filter((name) => name.endsWith('.ts'))
  const edited = 'internal/Observable.ts'
  const next = 'internal/Subject.ts'
  const add = (name, symbol) => fs.appendFileSync(inSource(name), `export function ${symbol}() {}\n`)

  await build()
  const watcher = spawn(node, [cli, 'watch', root, '--engine', 'wasm'], { ...options, stdio: 'ignore' })
  await sleep(SETTLED_MS)
  let number = 0
  let stale = 0
  try {
    for (let round = 0; round < rounds; round++) {
      await overwriting()
      await sleep(SETTLED_MS)
      add(next, `next${number}`)
      await patiently(() => isInGraph(`next${number}`))
      await patiently(() => build())
      if (!isInGraph(`late${number}`)) stale++
    }
  } finally {
    watcher.kill('SIGINT')
    await (watcher.exitCode ?? watcher.signalCode ?? once(watcher, 'exit'))
  }
  return { watched: rounds, watchedStale: stale }

  /** A build during which the file is edited. */
  async function overwriting() {
    for (let tries = 0; tries < TRIES; tries++) {
      number++
      for (const name of [...sources.slice(0, CHANGED), edited]) add(name, `touched${number}`)
      if (await build(() => add(edited, `late${number}`))) return
      await sleep(SETTLED_MS)
    }
    throw new Error(`${TRIES} builds came to no end beside a watcher`)
  }

  async function patiently(isDone) {
    for (let tries = 0; tries < TRIES; tries++, await sleep(SETTLED_MS)) if (await isDone()) return
    throw new Error('the watcher does not put a file into the graph, or no build comes to its end beside it')
  }

  function isInGraph(name) {
    return namesInGraph({ node, sqlite }, root, name).length > 0
  }

  /** Whether it has come to its end, and has parsed files if something was to be done then. */
  async function build(onParsed) {
    const child = spawn(node, [cli, '--verbose', '--engine', 'wasm', 'build', root], options)
    let log = ''
    let hasParsed = !onParsed
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      log += chunk
      if (hasParsed || !/Parsed \d+ files/.test(log)) return
      hasParsed = true
      onParsed()
    })
    const [code] = await once(child, 'close')
    return code === 0 && hasParsed
  }
}

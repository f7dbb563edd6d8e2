// What is measured. codegraph's watcher is played by this process, which makes the watcher's own call; builds are codegraph's command line.
//
//   entries  While a build runs, entries are appended all the time. How many of those that were acknowledged in the last 40 % of the build,
//            after it had read the journal, are gone once it has ended?
//   stale    While a build runs, a file is edited that it has read already, and journaled. Then another file is edited and journaled, and
//            built. Does the graph now have what was edited first?
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { namesInGraph } from './graph.mjs'

const LATE = 0.6
const PAUSE_MS = 2
/** Of the usual time between a native build's list of files and its end: then it has read them all, and not written the header. */
const NATIVE_EDIT_AT = 0.75
/** How often a build is tried again that was faster than usual, and had ended by then. */
const TRIES = 5

/** A project on which one codegraph is tried with one engine. */
export class Trial {
  #setup
  #root
  #count = 0
  #usualMs = Infinity

  /** @param setup `{ node, cli, engine, env, append, read, signal }` */
  constructor(setup, tree, root, copies) {
    this.#setup = setup
    this.#root = root
    for (let copy = 0; copy < copies; copy++)
      fs.cpSync(path.join(tree, 'src'), path.join(root, `src/${copy}`), { recursive: true })
  }

  async prepare() {
    await this.#build()
    const { valid } = this.#setup.read(this.#root)
    if (!valid) throw new Error('a build has not stamped the journal: did its module load?')
    await this.#buildAll()
  }

  async entries() {
    const acknowledged = []
    let isRunning = true
    const appender = (async () => {
      while (isRunning) {
        const file = `src/gone-${++this.#count}.ts`
        this.#journal({ file, deleted: true })
        acknowledged.push({ line: `DELETED ${file}`, at: performance.now() })
        await sleep(PAUSE_MS)
      }
    })()
    const { begun, ended } = await this.#buildAll().finally(() => (isRunning = false))
    await appender
    const left = new Set(fs.readFileSync(path.join(this.#root, '.codegraph/changes.journal'), 'utf8').split('\n'))
    const late = acknowledged.filter(({ at }) => at > begun + LATE * (ended - begun) && at < ended)
    return { acknowledged: late.length, gone: late.filter(({ line }) => !left.has(line)).length }
  }

  async stale() {
    const number = ++this.#count
    for (let tries = 1; ; tries++) {
      const { wasRead } = await this.#buildAll(() => this.#edit('src/0/internal/Observable.ts', `late${number}`))
      if (wasRead) break
      if (tries === TRIES) throw new Error(`${TRIES} builds have ended before the edit`)
    }
    this.#edit('src/0/internal/Subject.ts', `next${number}`)
    await this.#build()
    if (!this.#isInGraph(`next${number}`)) throw new Error('a build has left out what was journaled before it')
    return { builds: 1, stale: this.#isInGraph(`late${number}`) ? 0 : 1 }
  }

  /** A build of all files, each of which has changed. */
  async #buildAll(onRead) {
    this.#touchAll()
    const build = await this.#build(onRead)
    this.#usualMs = Math.min(this.#usualMs, build.ended - build.listed)
    return build
  }

  /** One build. `onRead` is called when it has read all files, and has not ended. */
  async #build(onRead) {
    const { node, cli, engine, env, signal } = this.#setup
    const begun = performance.now()
    const child = spawn(node, [cli, '--verbose', '--engine', engine, 'build', this.#root], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
    })
    let log = ''
    let listed = 0
    let wasRead = !onRead
    let timer
    const read = () => {
      wasRead = true
      onRead()
    }
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      log += chunk
      if (!listed && /Found \d+ files/.test(log)) {
        listed = performance.now()
        if (!wasRead && engine === 'native') timer = setTimeout(read, NATIVE_EDIT_AT * this.#usualMs)
      }
      if (!wasRead && engine === 'wasm' && /Parsed \d+ files/.test(log)) read()
    })
    const [code] = await once(child, 'close')
    clearTimeout(timer)
    const ended = performance.now()
    if (code !== 0) throw new Error(`codegraph build ended with ${code}:\n${log.split('\n').slice(-15).join('\n')}`)
    return { begun, listed, ended, wasRead }
  }

  #touchAll() {
    const files = fs.readdirSync(path.join(this.#root, 'src'), { recursive: true }).map((file) => `src/${file}`)
    const sources = files.map((file) => file.split(path.sep).join('/')).filter((file) => file.endsWith('.ts'))
    for (const file of sources)
      fs.appendFileSync(path.join(this.#root, file), `export const touched${++this.#count} = 1;\n`)
    this.#journal(...sources.map((file) => ({ file })))
  }

  #edit(file, name) {
    fs.appendFileSync(path.join(this.#root, file), `export function ${name}() {}\n`)
    this.#journal({ file })
  }

  #journal(...entries) {
    this.#setup.append(this.#root, entries, Date.now())
  }

  #isInGraph(name) {
    return namesInGraph(this.#setup, this.#root, name).length > 0
  }
}

// codegraph's own command line, as processes of their own: one watcher, many builds.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { now } from './look.mjs'

/** @param setup `{ node, cli, root, env, signal }` */
export async function build(setup, engine) {
  const begin = now()
  const { pid, log, exited } = start(setup, ['--engine', engine, 'build', setup.root])
  const { code, signal } = await exited
  // Watcher and build write one SQLite database, and now and then codegraph fails over that: a clash.
  const clash = /fatal error — (database is locked|.* constraint failed)/.exec(log.join('\n'))?.[1]
  if (code !== 0 && !clash) throw failure(`codegraph build (${engine})`, code ?? signal, log)
  return { pid, engine, clash, begin, end: now(), ...outcome(log.join('\n')) }
}

export function watch(setup, engine) {
  const { child, pid, log, exited } = start(setup, ['--engine', engine, 'watch', setup.root])
  return {
    pid,
    /** Files whose rebuild failed (a busy database): the watcher drops them before the journal. */
    skipped: () => log.flatMap((line) => /Failed to rebuild (.+?): /.exec(line)?.[1] ?? []),
    tail: () => tail(log),
    /** Throws if the watcher has ended. */
    check() {
      const status = child.exitCode ?? child.signalCode
      if (status !== null) throw failure('codegraph watch', status, log)
    },
    async stop() {
      child.kill('SIGINT')
      const { code, signal } = await exited
      // Windows has no SIGINT to send: there the watcher is ended at once.
      const ended = code === 0 || (process.platform === 'win32' && signal === 'SIGINT')
      if (!ended) throw failure('codegraph watch', code ?? signal, log)
    },
  }
}

function start({ node, cli, env, signal }, args) {
  const child = spawn(node, [cli, '--verbose', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  })
  const log = []
  let rest = ''
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()
    log.push(...lines)
  })
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  exited.catch(() => {}) // an abort: whoever waits for it hears of it
  return { child, pid: child.pid, log, exited }
}

/** How a build went, by its own words. */
function outcome(log) {
  const [, nodes, edges] = /(\d+) nodes, (\d+) edges/.exec(log) ?? []
  const [, changed, removed] = /Incremental: (\d+) changed, (\d+) removed/.exec(log) ?? []
  const upToDate = log.includes('No changes detected')
  return {
    // The file list came from the journal, and change detection did not turn it down ("Tier 0").
    fastPath: log.includes('collectFiles fast path: ') && !log.includes('Tier 0: skipped'),
    engineChanged: log.includes('Engine changed'),
    // The Rust engine did the whole build; it writes the journal's header by itself.
    unlockedHeader: /Native build orchestrator completed|No changes detected$/m.test(log),
    changes: upToDate ? 'nothing to do' : changed && `${changed} changed, ${removed} removed`,
    graph: nodes && `${nodes} nodes, ${edges} edges`,
  }
}

/** Why a build did not take the journal fast path. */
export function whyFull({ number, engineChanged }) {
  if (number === 1) return 'first build'
  return engineChanged ? 'other engine than before' : 'the journal was of no use'
}

const tail = (log) => log.slice(-12).join('\n')

const failure = (what, status, log) => new Error(`${what} ended with ${status}:\n${tail(log)}`)

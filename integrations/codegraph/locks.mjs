// The lock alone: what it loses, tears and waits for, with checkpoints on both sides. Once in storms, whose writers do nothing else, and once in
// codegraph's own processes: `codegraph watch`, as often as somebody has started it, and `codegraph build`, as a hook runs it after each edit.
// codegraph's other processes (queries, the MCP server) write no journal.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { namesInGraph } from './graph.mjs'
import { recordsOf } from './locks/recorder.mjs'

const WORKER = fileURLToPath(new URL('locks/worker.mjs', import.meta.url))
/** A call that takes longer has waited, for the lock or for a core. */
const WAIT_MS = 20
/** Longer than the watcher's debounce: else it waits for the last edit. */
const EDIT_MS = 700
/** Long enough for the watcher to start, and to journal the last edit. */
const SETTLED_MS = 3000

/** Writers that do nothing else. `builds` of them mark and make checkpoints, the others append. */
export async function storm({ node, module, root, writers, builds, seconds, signal }) {
  fs.mkdirSync(path.join(root, '.codegraph'), { recursive: true })
  const journal = path.join(root, '.codegraph/changes.journal')
  fs.writeFileSync(journal, '# codegraph-journal v1 1\n')
  const roles = Array.from({ length: writers }, (_, index) => (index < builds ? 'build' : 'watcher'))
  const told = await Promise.all(
    roles.map((role, index) => output(node, [WORKER, module, root, `w${index}`, String(seconds), role], { signal })),
  )
  const processes = told.map((text) => JSON.parse(text))
  const acknowledged = processes.flatMap((one) => one.acknowledged)
  const lines = [...processes.flatMap(({ read }) => read), ...linesOf(journal)]
  const found = new Set(lines)
  const tookMs = processes.flatMap((one) => one.tookMs)
  return {
    writes: tookMs.length,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((file) => !found.has(file)).length,
    torn: [...found].filter((line) => !/^w\d+-\d+\.ts$/.test(line)).length,
    failed: processes.reduce((sum, { failed }) => sum + failed, 0),
    waited: tookMs.filter((ms) => ms > WAIT_MS).length,
    longestMs: tookMs.reduce((longest, ms) => Math.max(longest, ms), 0),
  }
}

/** `codegraph watch` and `codegraph build` on one tree, in which a file is added every 700 ms. Does the graph have them after a last build? */
export async function processes({ node, cli, sqlite, tree, root, watchers, builders, seconds, env, signal }) {
  fs.cpSync(path.join(tree, 'src'), path.join(root, 'src'), { recursive: true })
  const records = path.join(root, '../records')
  fs.mkdirSync(records, { recursive: true })
  const options = { env: { ...process.env, ...env, RECORDS: records }, signal }
  const build = () => output(node, [cli, '--engine', 'wasm', 'build', root], options)
  await build()
  let brokenOff = 0
  // SQLite gives up after 5 s ("database is locked") where others write all the time.
  const tryToBuild = () => build().catch(() => brokenOff++)
  const watching = Array.from({ length: watchers }, () =>
    spawn(node, [cli, 'watch', root, '--engine', 'wasm'], { ...options, stdio: 'ignore' }),
  )
  await sleep(SETTLED_MS)
  for (const file of fs.readdirSync(records)) fs.rmSync(path.join(records, file))
  let isEditing = true
  const builds = Array.from({ length: builders }, async () => {
    while (isEditing) await tryToBuild()
  })
  let count = 0
  const edit = () => {
    fs.writeFileSync(path.join(root, `src/edited-${count}.ts`), `export function edited${count++}() {}\n`)
  }
  for (const until = Date.now() + seconds * 1000; Date.now() < until; await sleep(EDIT_MS)) edit()
  isEditing = false
  await Promise.all(builds)
  edit()
  await sleep(SETTLED_MS)
  await build()
  for (const watcher of watching) watcher.kill('SIGINT')
  await Promise.all(watching.map((watcher) => watcher.exitCode ?? watcher.signalCode ?? once(watcher, 'exit')))

  const calls = recordsOf(records)
  const writes = calls.filter(({ name }) => name !== 'readJournal')
  const appends = writes.filter(({ name }) => name.startsWith('append'))
  const acknowledged = new Set(appends.filter(({ error }) => !error).flatMap(({ files }) => files))
  // What a build has read counts if it has come to its end.
  const ended = new Set(
    writes.filter(({ name }) => !name.startsWith('append') && name !== 'markJournal').map(({ pid }) => pid),
  )
  const read = calls.filter(({ name, pid }) => name === 'readJournal' && ended.has(pid)).flatMap(({ files }) => files)
  const lines = linesOf(path.join(root, '.codegraph/changes.journal'))
  const found = new Set([...read, ...lines])
  return {
    acknowledged: acknowledged.size,
    writes: writes.length,
    lost: [...acknowledged].filter((file) => !found.has(file)).length,
    torn: lines.filter((line) => !/^(DELETED )?src\/.*\.ts$/.test(line)).length,
    failed: writes.filter(({ error }) => error).length,
    brokenOff,
    edits: count,
    stale: count - namesInGraph({ node, sqlite }, root, 'edited[0-9]*').length,
    waited: writes.filter(({ ms }) => ms > WAIT_MS).length,
    longestMs: Math.max(...writes.map(({ ms }) => ms)),
  }
}

/** How much of a core a writer takes that waits for a second, while another process has the lockfile. */
export async function waiter({ node, module, root, signal }) {
  const dir = path.join(root, '.codegraph')
  fs.mkdirSync(dir, { recursive: true })
  const lock = path.join(dir, 'changes.journal.lock')
  fs.writeFileSync(lock, `${process.pid}\n${process.pid}-0123456789abcdef\n`)
  const program = `
    const journal = await import(${JSON.stringify(pathToFileURL(module).href)})
    const begun = performance.now()
    const cpu = process.cpuUsage()
    journal.appendJournalEntriesAndStampHeader(${JSON.stringify(root)}, [{ file: 'a.ts' }], 1)
    const { user, system } = process.cpuUsage(cpu)
    console.log((user + system) / 1000 / (performance.now() - begun))`
  const waiting = output(node, ['--input-type=module', '--eval', program], { signal })
  await sleep(2000)
  fs.rmSync(lock)
  return { core: Number(await waiting) }
}

function linesOf(journal) {
  const [, ...lines] = fs.readFileSync(journal, 'utf8').split('\n')
  return lines.filter((line) => line.trim() && !line.startsWith('#'))
}

async function output(command, args, options) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${path.basename(args[0])} ended with ${code}:\n${stderr.slice(-2000)}`)
  return stdout
}

// Who is measured: the JS module, ours and the bare system calls, each a process of its own, so that none collects another's garbage.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('../..', import.meta.url))
const script = fileURLToPath(new URL('../children/block.mjs', import.meta.url))

/** A block ends after so many milliseconds, if it has not come to all its calls by then. */
const LIMIT_MS = 300

export class Subject {
  #child
  #answers

  constructor(command, ...args) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Makes `calls` calls of `operation` on the journal in `root` and returns the microseconds of each. */
  async block({ operation, calls, batch = 1, restores = false, root }) {
    const order = [operation, calls, LIMIT_MS, batch, restores, path.join(root, '.codegraph')]
    this.#child.stdin.write(`${order.join(' ')}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`a process that was to run "${operation}" has ended`)
    return value.split(' ').map((nanoseconds) => nanoseconds / 1000)
  }

  async end() {
    const ended = once(this.#child, 'close')
    this.#child.stdin.end()
    await ended
  }
}

/** One of each: `{ js, native, bare }`. */
export function startSubjects() {
  const bare = buildBare()
  return {
    js: new Subject(process.execPath, script, 'original'),
    native: new Subject(process.execPath, script, 'root'),
    bare: new Subject(bare),
  }
}

export async function endSubjects(subjects) {
  await Promise.all(Object.values(subjects).map((subject) => subject.end()))
}

/** Builds `bare.rs` and returns the program's path. */
function buildBare() {
  const options = [
    '--package',
    'codegraph-journal-proof',
    '--bench',
    'bare',
    '--no-run',
    '--quiet',
    '--message-format',
    'json',
  ]
  const messages = execFileSync('cargo', ['bench', ...options], { cwd: project, encoding: 'utf8', maxBuffer: 1 << 26 })
  const built = messages.split('\n').filter(Boolean).map(JSON.parse)
  return built.find(({ target, executable }) => target?.name === 'bare' && executable).executable
}

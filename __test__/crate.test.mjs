// The crate without the binding: a Rust program writes the same journal, beside Node processes.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { account } from '../testkit/account.mjs'
import { ours } from '../testkit/subjects.mjs'
import { journalOf, test } from '../testkit/workspace.mjs'
import { race } from '../testkit/writers.mjs'

const ENTRIES = 1000
const home = fileURLToPath(new URL('..', import.meta.url))

/** Builds an example of the plain crate; its path. */
function example(name) {
  const build = ['build', '--quiet', '--package', 'codegraph-journal', '--message-format=json', '--example', name]
  const messages = execFileSync('cargo', build, { cwd: home, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const artifacts = messages
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return artifacts.find(({ target, executable }) => executable && target.name === name).executable
}

/** Runs it, with these lines as its input if it reads any; the lines that it has printed. */
async function run(program, root, input) {
  const child = spawn(program, [root], { stdio: [input ? 'pipe' : 'ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => (output += chunk))
  child.stdin?.end(input.map((line) => `${line}\n`).join(''))
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
  return output.split('\n').slice(0, -1)
}

describe('a Rust writer', () => {
  const names = Array.from({ length: ENTRIES }, (_, index) => `rust/${index}`)

  for (const [title, orders] of Object.entries({
    'beside two native Node writers': ['root', 'dir'].map((subject) => ({ subject, entries: ENTRIES })),
    'beside a native and a JS writer': [
      { subject: 'root', entries: ENTRIES / 2, pauseMs: 1 },
      { subject: 'original', entries: ENTRIES / 2 },
    ],
  })) {
    test(title, { timeout: 120_000 }, async ({ root }) => {
      const append = example('append')
      let acknowledged
      const writers = await race(root, orders, async () => (acknowledged = await run(append, root, names)))
      expect(acknowledged).toEqual(names)
      const sum = account(root, [...writers, { log: acknowledged }])
      console.log(
        `a Rust writer ${title}: ${sum.acknowledged} acknowledged, ${sum.lost.length} lost, ${sum.turns} turns`,
      )
      expect(writers.flatMap((writer) => writer.errors)).toEqual([])
      expect(sum.lost).toEqual([])
      expect(sum.unasked).toEqual([])
      expect(sum.leftovers).toEqual([])
      expect(sum.turns).toBeGreaterThan(10) // they did meet
    })
  }

  test('stamps a build by a checkpoint that keeps what came meanwhile', async ({ root }) => {
    ours[0].stamp(root, [{ file: 'a' }, { file: 'b', deleted: true }], 1_700_000_000_000)
    const told = await run(example('engine'), root)
    expect(told.slice(0, 2)).toEqual(['to build: a', 'to build: b'])
    const { valid, timestamp, changed, removed } = ours[0].read(root)
    expect({ valid, changed, removed }).toEqual({ valid: true, changed: [], removed: [] })
    expect(Math.abs(timestamp - Date.now())).toBeLessThan(60_000)
    expect(told[2]).toBe(`stamped ${timestamp}; what was read is dropped`)
  })

  test('fails no build where the journal can not be written', async ({ root }) => {
    fs.mkdirSync(journalOf(root), { recursive: true })
    const { status, stdout, stderr } = spawnSync(example('engine'), [root], { encoding: 'utf8' })
    expect(status).toBe(0)
    expect(stdout).toBe('no valid journal: all files are to be built\n')
    expect(stderr).toMatch(/^warning: failed to write journal header: .*changes\.journal.*\n$/)
  })
})

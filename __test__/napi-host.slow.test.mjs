// Shape B: the crate inside a host's own addon, `examples/napi-host`, and the package beside it on one journal.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { once } from 'node:events'
import { beforeAll, describe, expect } from 'vitest'
import { stageLockfile } from '../testkit/holder.mjs'
import { ours } from '../testkit/subjects.mjs'
import { HEADER, journalDir, journalOf, lockOf, test, writeJournal } from '../testkit/workspace.mjs'

const require = createRequire(import.meta.url)
const home = fileURLToPath(new URL('..', import.meta.url))
const addon = path.join(home, 'target/napi-host.node')
const sync = ours[0]
const BEFORE = 1_600_000_000_000
const NOW = 1_700_000_000_000
let host

beforeAll(() => {
  const build = ['build', '--quiet', '--release', '--package', 'napi-host', '--message-format=json']
  const messages = execFileSync('cargo', build, { cwd: home, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const artifacts = messages
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const { filenames } = artifacts.findLast(({ target }) => target?.name === 'napi_host')
  fs.copyFileSync(
    filenames.find((name) => /\.(so|dylib|dll)$/.test(name)),
    addon,
  )
  host = require(addon)
}, 300_000)

describe('a host of the crate', () => {
  test('writes and reads the journal of the package', ({ root }) => {
    const dir = journalDir(root)
    host.appendAndStamp(dir, [{ file: 'a' }, { file: 'b', deleted: true }], BEFORE)
    expect(sync.read(root)).toStrictEqual({ valid: true, timestamp: BEFORE, changed: ['a'], removed: ['b'] })
    sync.append(root, [{ file: 'c' }])
    expect(host.readJournal(dir)).toEqual({ valid: true, timestamp: BEFORE, changed: ['a', 'c'], removed: ['b'] })
    expect(host.readJournal(root)).toEqual({ valid: false })
  })

  test('keeps what came after its mark', ({ root }) => {
    const dir = journalDir(root)
    host.appendAndStamp(dir, [{ file: 'a' }], BEFORE)
    const position = host.markJournal(dir)
    expect(position).toBe(sync.mark(root))
    sync.stamp(root, [{ file: 'b' }], BEFORE + 1)
    expect(host.checkpointJournal(dir, position, NOW)).toEqual({ fitted: true })
    expect(fs.readFileSync(journalOf(root), 'utf8')).toBe(`${HEADER}${NOW}\nb\n`)
    expect(host.checkpointJournal(dir, position, NOW)).toEqual({ fitted: false })
  })

  test('fails no build', ({ root }) => {
    fs.mkdirSync(journalOf(root), { recursive: true })
    expect(host.markJournal(journalDir(root))).toBe(null)
    const { fitted, warning } = host.checkpointJournal(journalDir(root), null, NOW)
    expect(fitted).toBe(false)
    expect(warning).toContain(journalOf(root))
  })

  test.skipIf(process.platform === 'win32')('warns of who has the lock', ({ root }) => {
    writeJournal(root, `${HEADER}${BEFORE}\na\n`)
    stageLockfile(root, process.pid)
    const { fitted, warning } = host.checkpointJournal(journalDir(root), null, NOW)
    expect(fitted).toBe(false)
    expect(warning).toContain(`within 5000ms`)
    expect(warning).toContain(`${process.pid}`)
    fs.rmSync(lockOf(root))
  })

  test('refuses what is no time, no position and no entry', ({ root }) => {
    const dir = journalDir(root)
    expect(() => host.appendAndStamp(dir, [], NaN)).toThrow('NaN')
    expect(() => host.checkpointJournal(dir, 'x', NOW)).toThrow('x')
    expect(() => host.appendAndStamp(dir, [{ file: '#a' }], NOW)).toThrow('#a')
    expect(fs.readdirSync(root)).toEqual([])
  })

  test('and the package exclude each other', async ({ root }) => {
    const COUNT = 500
    const program = `
      const { workerData: { addon, dir, count } } = require('node:worker_threads')
      const host = require(addon)
      for (let i = 0; i < count; i++) host.appendAndStamp(dir, [{ file: 'host/' + i }], ${NOW})`
    const worker = new Worker(program, { eval: true, workerData: { addon, dir: journalDir(root), count: COUNT } })
    const ended = once(worker, 'exit')
    await once(worker, 'online')
    for (let i = 0; i < COUNT; i++) sync.stamp(root, [{ file: `package/${i}` }], NOW)
    await ended
    const { changed } = sync.read(root)
    const of = (writer) => Array.from({ length: COUNT }, (_, i) => `${writer}/${i}`)
    for (const writer of ['host', 'package'])
      expect(changed.filter((file) => file.startsWith(writer))).toEqual(of(writer))
  })
})

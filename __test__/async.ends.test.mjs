// What becomes of asynchronous calls when the process exits, a worker thread ends, or nobody waits for them. `async.rounds.slow` ends
// threads by the hundred.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { stageLockfile } from '../testkit/holder.mjs'
import { runNode } from '../testkit/node.mjs'
import { ours } from '../testkit/subjects.mjs'
import { HEADER, LASTING, lockOf, namesIn, onlyJournal, test, tree } from '../testkit/workspace.mjs'

const unix = describe.skipIf(process.platform === 'win32') // there a staged lockfile holds nobody up
const MINUTES = 60_000
const clean = { code: 0, signal: null, stderr: '' }

test('a process lives until its calls are done, though nobody waits for them', async ({ root }) => {
  const source = `
    import { appendJournalEntriesAsync } from 'codegraph-journal'
    for (let index = 0; index < 100; index++) appendJournalEntriesAsync(root, [{ file: 'f' + index }])
  `
  expect(await runNode(root, source)).toMatchObject(clean)
  const files = Array.from({ length: 100 }, (_, index) => `f${index}\n`)
  expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\n${files.join('')}`))
})

unix('process.exit()', () => {
  test('with a hundred calls that wait: in a moment, and nothing is written', async ({ root }) => {
    for (let index = 0; index < 8; index++) stageLockfile(`${root}/${index}`, process.pid)
    const before = tree(root)
    let exit
    const report = await runNode(
      root,
      `
        import { appendJournalEntriesAsync } from 'codegraph-journal'
        for (let index = 0; index < 100; index++) appendJournalEntriesAsync(root + '/' + index % 8, [{ file: 'a' }])
        setTimeout(() => { console.log('exit'); process.exit(7) }, 100)
      `,
      { onLine: () => (exit = performance.now()) },
    )
    const ms = performance.now() - exit
    console.log(`process.exit() with 100 calls that wait took ${ms.toFixed(0)} ms`)
    expect(report).toMatchObject({ ...clean, code: 7 })
    expect(ms).toBeLessThan(2000) // they would wait for 5 s
    expect(tree(root)).toEqual(before)
  })

  test('with a worker thread whose calls wait: in a moment', async ({ root }) => {
    stageLockfile(root, process.pid)
    let exit
    const report = await runNode(
      root,
      `
        import { Worker } from 'node:worker_threads'
        const source = \`
          require('codegraph-journal').appendJournalEntriesAsync(\${JSON.stringify(root)}, [{ file: 'a' }])
          require('node:worker_threads').parentPort.postMessage('waits')
        \`
        new Worker(source, { eval: true, execArgv: [] }).once('message', () => setTimeout(() => {
          console.log('exit')
          process.exit(7)
        }, 100))
      `,
      { onLine: () => (exit = performance.now()) },
    )
    const ms = performance.now() - exit
    console.log(`process.exit() with a worker whose call waits took ${ms.toFixed(0)} ms`)
    expect(report).toMatchObject({ ...clean, code: 7 })
    expect(ms).toBeLessThan(2000)
  })

  /** How often of 20 exits with the lock a lockfile is left behind, which the original respects for 30 s. */
  async function leftBehind(root, { without = '' } = {}) {
    // So long that writing it anew takes a while; and it is, for the first digit changes.
    const long = Array.from({ length: 20_000 }, (_, index) => ({ file: `src/some/directory/file-${index}.ts` }))
    ours[0].stamp(root, long, 9_600_000_000_000)
    let left = 0
    for (let round = 0; round < 20; round++) {
      const report = await runNode(
        root,
        `
          import { appendJournalEntriesAndStampHeaderAsync } from 'codegraph-journal'
          import fs from 'node:fs'
          const isLocked = () => fs.existsSync(${JSON.stringify(lockOf(root))})
          appendJournalEntriesAndStampHeaderAsync(root, [{ file: 'a' }], ${(round % 9) + 1}_700_000_000_000)
          ${without}
          for (const start = Date.now(); !isLocked() && Date.now() - start < 1000; );
          process.exit()
        `,
      )
      expect(report).toMatchObject(clean)
      if (fs.existsSync(lockOf(root))) left++
      fs.rmSync(lockOf(root), { force: true })
    }
    return left
  }

  test(
    'with a call that has the lock: it is finished, and no lockfile is left',
    { timeout: 2 * MINUTES },
    async ({ root }) => {
      expect(await leftBehind(root)).toBe(0)
      expect(namesIn(root)).toEqual(LASTING)
    },
  )

  test('control: without our listener it is left', { timeout: 2 * MINUTES }, async ({ root }) => {
    const left = await leftBehind(root, { without: "process.removeAllListeners('exit')" })
    console.log(`${left} of 20 left a lockfile behind without the listener`)
    expect(left).toBeGreaterThan(0)
  })
})

// With the system call that writes a new journal out taking far longer than a moment.
const strace = spawnSync('strace', ['-V']).status === 0
if (!strace) console.log('skipped: the end with writes that hang, for there is no strace here')

describe.skipIf(!strace)('with eight writes that hang with the lock', () => {
  const command = ['strace', '-f', '--quiet=all', '--output=/dev/null', '--trace=fdatasync']
  command.push('--inject=fdatasync:delay_enter=5000000')
  const hang = (root) => `
    const fs = require('node:fs')
    const roots = Array.from({ length: 8 }, (_, index) => ${JSON.stringify(root)} + '/' + index)
    const isInside = (root) => fs.existsSync(root + '/.codegraph/changes.journal.lock')
    const { Journal } = require('codegraph-journal')
    for (const root of roots) Journal.forRoot(root, { durable: true }).resetAsync(5)
  `
  // One moment of 250 ms, not eight of them.
  const expectOne = ({ stdout, code }) => {
    const ms = Number(stdout)
    console.log(`the end with eight writes that hang took ${ms.toFixed(0)} ms`)
    expect(code).toBe(0)
    expect(ms).toBeGreaterThan(200)
    expect(ms).toBeLessThan(1000)
  }

  test('process.exit() waits for one moment', async ({ root }) => {
    const source = `
      import { createRequire } from 'node:module'
      const require = createRequire(process.cwd() + '/')
      let start
      process.on('exit', () => (start = performance.now()))
      ${hang(root)}
      while (!roots.every(isInside)) await new Promise((resolve) => setTimeout(resolve, 10))
      process.on('exit', () => fs.writeSync(1, String(performance.now() - start)))
      process.exit()
    `
    expectOne(await runNode(root, source, { command }))
  })

  test('so does the end of a worker thread', async ({ root }) => {
    const work = `
      ${hang(root)}
      setInterval(() => roots.every(isInside) && require('node:worker_threads').parentPort.postMessage('inside'), 10)
    `
    const source = `
      import { once } from 'node:events'
      import fs from 'node:fs'
      import { Worker } from 'node:worker_threads'
      const worker = new Worker(${JSON.stringify(work)}, { eval: true, execArgv: [] })
      await once(worker, 'message')
      const start = performance.now()
      await worker.terminate()
      fs.writeSync(1, String(performance.now() - start))
    `
    expectOne(await runNode(root, source, { command }))
  })
})

unix('an exit that does not take place', () => {
  test('ends the call that waits for the lock, and those behind it are done', async ({ root }) => {
    stageLockfile(root, process.pid)
    const report = await runNode(
      root,
      `
        import { appendJournalEntriesAsync } from 'codegraph-journal'
        import fs from 'node:fs'
        const calls = ['a', 'b'].map((file) => appendJournalEntriesAsync(root, [{ file }]))
        const outcomes = Promise.allSettled(calls)
        process.once('exit', () => { throw new Error('not now') })
        try { process.exit() } catch (error) { console.log(error.message) }
        calls[0].catch(() => fs.unlinkSync(${JSON.stringify(lockOf(root))}))
        for (const { status, reason } of await outcomes) console.log(status, reason?.code)
      `,
    )
    expect(report).toMatchObject(clean)
    expect(report.stdout).toBe('not now\nrejected ERR_JOURNAL_CANCELLED\nfulfilled undefined\n')
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\nb\n`))
  })
})

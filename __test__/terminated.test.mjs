// What a call reports to a worker thread that is being terminated, and runs on for a moment.

import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect } from 'vitest'
import { HEADER, onlyJournal, test, tree } from '../testkit/workspace.mjs'

const require = createRequire(import.meta.url)
const { outcome } = require('../lib/native.js')

const UNTOLD = { code: 'ERR_JOURNAL_TERMINATED' }

describe('a worker thread that is being terminated', () => {
  test('runs on, and native code can throw nothing: the outcome is not that of success', async ({ root }) => {
    const source = `
      const { workerData: { root, outcomes } } = require('node:worker_threads')
      require(${JSON.stringify(fileURLToPath(new URL('../lib/native.js', import.meta.url)))})
      const binary = Object.values(require.cache).find(({ filename }) => filename.endsWith('.node'))
      const { call, open } = binary.exports
      const journal = open(root + '/.codegraph', false)
      const append = [journal, 'append', true, 1, Buffer.from('a\\n'), [['a']], undefined, undefined, false]
      outcomes[0] = call(...append) === undefined ? 1 : 2
      const end = process.reallyExit
      end(0)
      // No function of JavaScript's is entered any more.
      outcomes[1] = call(...append) === undefined ? 1 : 2
    `
    const outcomes = new Int32Array(new SharedArrayBuffer(8))
    await once(new Worker(source, { eval: true, workerData: { root, outcomes } }), 'exit')
    expect([...outcomes]).toEqual([2, 1])
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\na\n`))
  })

  test('gets an error: it is not known whether the call was carried out', () => {
    for (const returned of [null, false, {}]) expect(outcome(returned)).toBe(returned)
    expect(() => outcome(undefined)).toThrow(expect.objectContaining(UNTOLD))
  })
})

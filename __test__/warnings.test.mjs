// Nothing fails silently: a warning is on stderr before the call returns, one line a call, whatever switches Node's own warnings off.

import fs from 'node:fs'
import { describe, expect } from 'vitest'
import { runNode } from '../testkit/node.mjs'
import { IS_DIRECTORY, journalOf, test } from '../testkit/workspace.mjs'

const ways = {
  plainly: {},
  NODE_NO_WARNINGS: { env: { NODE_NO_WARNINGS: '1' } },
  '--no-warnings': { flags: ['--no-warnings'] },
  'with process.exit() next': { end: 'process.exit(0)' },
}

describe.each(Object.entries(ways))('%s', (_, { end = '', ...options }) => {
  async function printed(root, call) {
    const { code, stderr } = await runNode(
      root,
      `import * as journal from 'codegraph-journal'\n${call}\n${end}`,
      options,
    )
    expect(code).toBe(0)
    return stderr
  }

  test('a header that can not be written', async ({ root }) => {
    fs.mkdirSync(journalOf(root), { recursive: true })
    const start = `[codegraph-journal WARN] Failed to write journal header: ${IS_DIRECTORY}: `
    const stderr = await printed(root, 'journal.writeJournalHeader(root, 5)')
    expect(stderr.slice(0, start.length)).toBe(start)
    expect(stderr.indexOf('\n')).toBe(stderr.length - 1)
  })

  test('entries that are left out: one line', async ({ root }) => {
    const stderr = await printed(
      root,
      `journal.appendJournalEntries(root, [{ file: ' a' }, { file: 'b' }, { file: '#' }])`,
    )
    expect(stderr).toMatch(/^\[codegraph-journal WARN\] Left out: entries\[0\].* " a"; entries\[2\].* "#"\n$/)
  })
})

// The module evaluated many times in one process, as by a hot reload: its copies share one exit listener, and keep one order.

import { expect } from 'vitest'
import { runNode } from '../testkit/node.mjs'
import { test } from '../testkit/workspace.mjs'

const COPIES = 15 // Node warns of a leak from 11 listeners on

test('copies of the module', async ({ root }) => {
  const { code, stdout, stderr } = await runNode(
    root,
    `
    import { createRequire } from 'node:module'
    const require = createRequire(process.cwd() + '/')
    const before = process.listenerCount('exit')
    const copies = Array.from({ length: ${COPIES} }, () => {
      for (const file of Object.keys(require.cache)) if (!file.endsWith('.node')) delete require.cache[file]
      return require('codegraph-journal')
    })
    const calls = Array.from({ length: 10 * copies.length }, (_, index) => {
      return copies[index % copies.length].appendJournalEntriesAsync(root, [{ file: String(index) }])
    })
    await Promise.all(calls)
    copies[0].appendJournalEntriesAndStampHeader(root, [], 5)
    const { changed } = copies[0].readJournal(root)
    const inOrder = changed.every((file, index) => file === String(index))
    console.log(new Set(copies).size, changed.length, inOrder, process.listenerCount('exit') - before)
    `,
  )
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${COPIES} ${10 * COPIES} true 1\n`, stderr: '' })
})

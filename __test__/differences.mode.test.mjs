// The journal's mode is kept by every write but a reset, in place or not; and a warning that can't be given changes no result.

import fs from 'node:fs'
import { describe, expect, vi } from 'vitest'
import { ours } from '../testkit/subjects.mjs'
import { HEADER, LASTING, journalOf, namesIn, test, writeJournal } from '../testkit/workspace.mjs'

describe.each(ours)('$name', (journal) => {
  test.skipIf(process.platform === 'win32').for([
    ['a stamp in place', 1600000000000, (root) => journal.stamp(root, [{ file: 'a' }], 1700000000000)],
    ['a stamp of another width', 0, (root) => journal.stamp(root, [{ file: 'a' }], 1700000000000)],
    [
      'a stamp over the end of a page',
      1600000000000,
      (root) => journal.stamp(root, [{ file: 'a'.repeat(5000) }], 1700000000000),
    ],
    ['an append', 0, (root) => journal.append(root, [{ file: 'a' }])],
  ])('%s keeps the mode', ([, old, write], { root }) => {
    writeJournal(root, `${HEADER}${old}\nb\n`)
    fs.chmodSync(journalOf(root), 0o600)
    write(root)
    expect((fs.statSync(journalOf(root)).mode & 0o777).toString(8)).toBe('600')
  })

  test('a header that can not be written does not throw, though the warning does', ({ root }) => {
    fs.mkdirSync(journalOf(root), { recursive: true })
    const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => {
      throw new Error('no stderr')
    })
    try {
      expect(journal.header(root, 5)).toBeUndefined()
      expect(write).toHaveBeenCalledTimes(1)
    } finally {
      write.mockRestore()
    }
    expect(namesIn(root)).toEqual(LASTING)
  })
})

// The names that index.d.ts declares are those that docs/api.md has in its tables: calls, members, options, fields and error codes.

import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { functions, literalsOf, membersOf } from '../testkit/declared.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))
const read = (name) => fs.readFileSync(path.join(home, name), 'utf8')
/** In the page's tables, what is in backticks in a first cell: a name, or a call of it. */
const rows = read('docs/api.md').matchAll(/^\| (`.*?) \|/gm)
const listed = Array.from(rows, ([, cell]) => Array.from(cell.matchAll(/`(?:\w+\.)?(\w+)/g), ([, name]) => name)).flat()

test.for([
  ['functions', functions],
  ['members of Journal', membersOf('Journal')],
  ['options', membersOf('JournalOptions')],
  ['fields of stats()', membersOf('JournalStats')],
  ['error codes', literalsOf('JournalErrorCode')],
])('%s', ([, declared]) => {
  // An asynchronous function has no row where its twin has one; a text names it.
  const missing = declared.filter((name) => !listed.includes(name) && !listed.includes(name.replace(/Async$/, '')))
  expect(missing).toEqual([])
})

test('the page names no call and no code that is not there', () => {
  const text = read('index.d.ts')
  const calls = listed.filter((name) => /^(ERR_JOURNAL_|append|check|mark|read|reset|set|write)/.test(name))
  expect(calls.length).toBeGreaterThan(0)
  expect(calls.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([])
})

// Each time that a page, the types or a comment in the Rust sources names is a constant of the code: who changes one finds the places here.

import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ours, theirs } from '../testkit/constants.mjs'
import { withoutDrawn } from '../testkit/drawn.mjs'
import { markdownFiles } from '../testkit/markdown.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))

/** What takes so long was measured there. */
const MEASURED =
  /^(CONTRIBUTING\.md|integrations\/codegraph\/README\.md|core\/src\/format\/contents\.rs|docs\/(filesystems|platforms|speed)\.md|(bench|examples|proof|release)\/)/

const sources = fs.readdirSync(path.join(home, 'core/src'), { recursive: true })
const texts = [
  ...markdownFiles(home),
  'index.d.ts',
  'dir.d.ts',
  ...sources.filter((name) => name.endsWith('.rs') && !/\btests\b/.test(name)).map((name) => `core/src/${name}`),
].filter((name) => !MEASURED.test(name))

const [known, ofJs] = [ours(), theirs()].map((constants) => new Set(constants.values()))
const TIME = /(?<![\w.])(\d[\d,.]*) ?(ms|s)\b/g
const milliseconds = (digits, unit) => Number(digits.replaceAll(',', '')) * (unit === 's' ? 1000 : 1)

test('where the JS module has the same constant, ours is as long', () => {
  expect(ours().get('TIMEOUT')).toBe(theirs().get('LOCK_TIMEOUT_MS'))
  expect(ours().get('STALE')).toBe(theirs().get('LOCK_STALE_MS'))
})

test.for(texts)('%s', (name) => {
  const lines = withoutDrawn(fs.readFileSync(path.join(home, name), 'utf8')).split('\n')
  const stale = lines.flatMap((line) =>
    Array.from(line.matchAll(TIME))
      .filter(([, digits, unit]) => {
        const ms = milliseconds(digits, unit)
        return !known.has(ms) && !(/\bJS\b/.test(line) && ofJs.has(ms))
      })
      .map(([time]) => `${time}: ${line.trim()}`),
  )
  expect(stale).toEqual([])
})

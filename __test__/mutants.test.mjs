// `npm run mutants` takes each step of the protocol out of the source; it is still found there.

import fs from 'node:fs'
import { expect, test } from 'vitest'
import { MUTANTS } from '../proof/mutants/list.mjs'

test.each(MUTANTS)('$step: in one place', ({ file, from, to }) => {
  const source = fs.readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
  expect(source.split(from)).toHaveLength(2)
  expect(to).not.toBe(from)
})

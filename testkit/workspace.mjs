// A fresh directory for each test, and what a call left in it.

import { test as base } from 'vitest'
import { makeRoot, removeRoot } from './place.mjs'

export * from './place.mjs'

/** `test` with a `root`: an empty directory, removed afterwards. */
export const test = base.extend({
  root: async ({}, use) => {
    const root = makeRoot()
    await use(root)
    removeRoot(root)
  },
})

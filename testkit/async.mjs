// The asynchronous calls by short names, and what came of a promise.

import { createRequire } from 'node:module'
import { journalDir } from './workspace.mjs'

const require = createRequire(import.meta.url)
const root = require('codegraph-journal')
const dir = require('codegraph-journal/dir')

const { Journal } = root

/** Each takes a root directory first and options last. */
export const asyncOurs = [
  {
    name: 'root',
    append: root.appendJournalEntriesAsync,
    stamp: root.appendJournalEntriesAndStampHeaderAsync,
    header: root.writeJournalHeaderAsync,
  },
  {
    name: 'dir',
    append: (place, ...rest) => dir.appendJournalEntriesAsync(journalDir(place), ...rest),
    stamp: (place, ...rest) => dir.appendJournalEntriesAndStampHeaderAsync(journalDir(place), ...rest),
    header: (place, ...rest) => dir.writeJournalHeaderAsync(journalDir(place), ...rest),
  },
  {
    name: 'Journal',
    append: async (place, ...rest) => Journal.forRoot(place).appendAsync(...rest),
    stamp: async (place, ...rest) => Journal.forRoot(place).appendAndStampAsync(...rest),
    header: async (place, ...rest) => Journal.forRoot(place).resetAsync(...rest),
  },
]

export { Journal }

/** What a promise is rejected with, in a form to compare. */
export async function failure(promise) {
  try {
    await promise
  } catch (error) {
    return told(error)
  }
  throw new Error('it was not rejected')
}

/** What a call throws, in the same form. */
export function thrown(call) {
  try {
    call()
  } catch (error) {
    return told(error)
  }
  throw new Error('it did not throw')
}

function told(error) {
  return { class: error.constructor.name, name: error.name, message: error.message, cause: error.cause, ...error }
}

/** `true` as long as a promise is not settled; looks when all that is ready to run has run. */
export function pending(promise) {
  let isPending = true
  const settled = () => (isPending = false)
  promise.then(settled, settled)
  return () => isPending
}

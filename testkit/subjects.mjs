// What the suite compares: the original, and ours through each of its two entry points.

import fs from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { earlierPackage } from './earlier.mjs'
import { originalModule, setup } from './original.mjs'
import { HEADER, makeRoot, removeRoot } from './place.mjs'

const require = createRequire(import.meta.url)

const KINDS = {
  original: {
    api: () => {
      setup() // on a fresh clone nobody may have fetched it yet
      return import(pathToFileURL(originalModule).href)
    },
    place: (root) => root,
  },
  root: {
    api: () => require('codegraph-journal'),
    place: (root) => root,
  },
  earlier: {
    api: () => require(earlierPackage),
    place: (root) => root,
  },
  // Its argument is the directory that holds the journal, so all three meet in one file.
  dir: {
    api: () => require('codegraph-journal/dir'),
    place: (root) => `${root}/.codegraph`,
  },
}

/** One of `original`, `root`, `dir`, with short names for its functions; each takes a root directory. */
export async function load(name) {
  const { api: loadApi, place } = KINDS[name]
  const api = await loadApi()
  return {
    name,
    api,
    isOurs: name !== 'original',
    append: (root, ...rest) => api.appendJournalEntries(place(root), ...rest),
    stamp: (root, ...rest) => api.appendJournalEntriesAndStampHeader(place(root), ...rest),
    header: (root, ...rest) => api.writeJournalHeader(place(root), ...rest),
    read: (root) => api.readJournal(place(root)),
    // Of ours only.
    mark: (root, ...rest) => api.markJournal(place(root), ...rest),
    checkpoint: (root, ...rest) => api.checkpointJournal(place(root), ...rest),
    markAsync: (root, ...rest) => api.markJournalAsync(place(root), ...rest),
    checkpointAsync: (root, ...rest) => api.checkpointJournalAsync(place(root), ...rest),
  }
}

export const original = await load('original')

/**
 * What the original reads, with the two differences of ours. A journal with a NUL in it is invalid: a power failure leaves NULs of an
 * append. A journal whose timestamp is hexadecimal, octal or binary is invalid too.
 */
export function readAsOurs(root) {
  const result = original.read(root)
  if (!result.valid) return result
  const bytes = fs.readFileSync(`${root}/.codegraph/changes.journal`)
  const [header] = bytes.toString().split('\n', 1)
  return bytes.includes(0) || hasOddRadix(header) ? { valid: false } : result
}

const hasOddRadix = (header) => /^0[xob]/i.test(header.slice(HEADER.length).trim())

export const ours = [await load('root'), await load('dir')]
export const all = [original, ...ours]

/** Makes ours warn now of what the file system lacks, for tests that count warnings: the first write of a process warns. */
export function tellLacks() {
  const root = makeRoot()
  ours[0].append(root, [{ file: 'a' }])
  removeRoot(root)
}

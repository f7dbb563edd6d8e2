// What a user might keep a list of entries by instead, each as its pages recommend, and as fast as it goes: what can stay open does.

import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/** As long as this package waits, and better-sqlite3. */
const TIMEOUT_MS = 5000

/** `needs`: the package that has to be there. `open` makes the functions: `append` an entry, and `entries` lists all. */
export const KINDS = {
  sqlite: {
    needs: 'better-sqlite3',
    open({ root, load }) {
      const database = new (load('better-sqlite3'))(path.join(root, 'journal.db'), { timeout: TIMEOUT_MS })
      database.pragma('journal_mode = WAL')
      database.pragma('synchronous = NORMAL')
      database.exec('CREATE TABLE IF NOT EXISTS entries (file TEXT NOT NULL)')
      const insert = database.prepare('INSERT INTO entries (file) VALUES (?)')
      const select = database.prepare('SELECT file FROM entries').pluck()
      return { append: (file) => insert.run(file), entries: () => select.all() }
    },
  },
  flock: {
    needs: 'fs-ext',
    open({ root, load }) {
      const { flockSync } = load('fs-ext')
      const journal = path.join(root, 'journal')
      const guard = fs.openSync(path.join(root, 'journal.guard'), 'a')
      return {
        append(file) {
          flockSync(guard, 'ex')
          try {
            fs.appendFileSync(journal, `${file}\n`)
          } finally {
            flockSync(guard, 'un')
          }
        },
        entries: () => linesOf(journal),
      }
    },
  },
  proper: {
    needs: 'proper-lockfile',
    open({ root, load }) {
      const { lockSync } = load('proper-lockfile')
      const journal = path.join(root, 'journal')
      fs.appendFileSync(journal, '') // only what exists can be locked
      return {
        append(file) {
          const release = retried(() => lockSync(journal))
          try {
            fs.appendFileSync(journal, `${file}\n`)
          } finally {
            release()
          }
        },
        entries: () => linesOf(journal),
      }
    },
  },
}

export function openPeer({ peer, root, home }) {
  return KINDS[peer].open({ root, load: createRequire(path.join(home, '_')) })
}

const linesOf = (file) => fs.readFileSync(file, 'utf8').split('\n')

const sleeper = new Int32Array(new SharedArrayBuffer(4))

/** Its sync functions refuse the option `retries`: their user retries, here each millisecond. */
function retried(lock) {
  const end = performance.now() + TIMEOUT_MS
  for (;;) {
    try {
      return lock()
    } catch (error) {
      if (error.code !== 'ELOCKED' || performance.now() > end) throw error
      Atomics.wait(sleeper, 0, 0, 1)
    }
  }
}

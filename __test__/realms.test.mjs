// In a context of `node:vm`, as Jest and Vitest's vmThreads run tests in: whatever a caller gets is of the caller's own realm.

import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import { beforeEach, describe, expect } from 'vitest'
import { stageLockfile } from '../testkit/holder.mjs'
import { IS_DIRECTORY, journalOf, test } from '../testkit/workspace.mjs'

const unix = test.skipIf(process.platform === 'win32') // there a staged lockfile holds nobody up
const index = fileURLToPath(new URL('../index.js', import.meta.url))

/** The package as Jest loads it: its own text is run in the context, and addons and Node's modules are those of the main realm. */
function loadIn(context) {
  const modules = new Map()
  const load = (file) => {
    if (modules.has(file)) return modules.get(file).exports
    const outer = createRequire(file)
    const require = (name) => {
      const resolved = outer.resolve(name)
      return resolved.endsWith('.js') ? load(resolved) : outer(name)
    }
    const module = { exports: {} }
    modules.set(file, module)
    const wrapper = `(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(file, 'utf8')}\n})`
    const run = vm.runInContext(wrapper, context, { filename: file })
    run(module.exports, require, module, file, path.dirname(file))
    return module.exports
  }
  return load(index)
}

describe('another realm', () => {
  let context, api, realm
  beforeEach(() => {
    context = vm.createContext({ process, Buffer })
    api = loadIn(context)
    realm = vm.runInContext('({ Array, Error, Object, Promise, RangeError, TypeError })', context)
  })

  const thrown = (call) => {
    try {
      call()
    } catch (error) {
      return error
    }
    throw new Error('it did not throw')
  }
  const rejected = (promise) =>
    promise.then(
      () => expect.fail('it was not rejected'),
      (error) => error,
    )

  test('is another one', () => {
    expect(new realm.Error()).not.toBeInstanceOf(Error)
    expect(thrown(() => vm.runInContext('null.a', context))).toBeInstanceOf(realm.TypeError)
  })

  test('readings', ({ root }) => {
    const none = api.readJournal(root)
    api.appendJournalEntriesAndStampHeader(root, [{ file: 'a' }, { file: 'b', deleted: true }], 5)
    const read = api.readJournal(root)
    const lists = [read.changed, read.removed]
    for (const object of [none, read]) expect(Object.getPrototypeOf(object)).toBe(realm.Object.prototype)
    for (const list of lists) expect(Object.getPrototypeOf(list)).toBe(realm.Array.prototype)
    expect(lists.map((list) => [...list])).toEqual([['a'], ['b']])
    const journal = api.Journal.forRoot(root)
    expect(Object.getPrototypeOf(journal.stats())).toBe(realm.Object.prototype)
  })

  unix('errors of the lock, and holders', async ({ root }) => {
    stageLockfile(root, process.pid)
    const journal = api.Journal.forRoot(root, { lockTimeoutMs: 0 })
    for (const error of [thrown(() => journal.append([])), await rejected(journal.appendAsync([]))]) {
      expect(error.code).toBe('ERR_JOURNAL_LOCK_TIMEOUT')
      expect(Object.getPrototypeOf(error)).toBe(realm.Error.prototype)
      expect(Object.getPrototypeOf(error.holder)).toBe(realm.Object.prototype)
    }
    expect(Object.getPrototypeOf(journal.holder())).toBe(realm.Object.prototype)
  })

  test("the system's errors", async ({ root }) => {
    fs.mkdirSync(journalOf(root), { recursive: true })
    for (const error of [
      thrown(() => api.appendJournalEntries(root, [])),
      await rejected(api.appendJournalEntriesAsync(root, [])),
    ]) {
      expect(error.code).toBe(IS_DIRECTORY)
      expect(Object.getPrototypeOf(error)).toBe(realm.Error.prototype)
    }
  })

  test.for([
    ['TypeError', (root) => api.appendJournalEntries(root, [{ file: 5 }])],
    ['TypeError', () => api.readJournal(5)],
    ['TypeError', (root) => api.Journal.forRoot(root, { unknown: 1 })],
    ['RangeError', (root) => api.Journal.forRoot(root, { lockTimeoutMs: -1 })],
    ['Error', (root) => api.writeJournalHeader(root, NaN)],
    ['Error', (root) => api.checkpointJournal(root, 'no position', 5)],
    ['Error', (root) => api.Journal.forRoot(root).append([{ file: '#' }])],
  ])('refusals: %s, %s', ([name, call], { root }) => {
    expect(Object.getPrototypeOf(thrown(() => call(root)))).toBe(realm[name].prototype)
  })

  test('promises, and an abort by a signal of another realm', async ({ root }) => {
    const promise = api.appendJournalEntriesAsync(root, [{ file: 'a' }])
    expect(promise).toBeInstanceOf(realm.Promise)
    await promise
    const error = await rejected(api.markJournalAsync(root, { signal: AbortSignal.abort('why') }))
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'why' })
    expect(error).toBeInstanceOf(realm.Error)
  })

  test('warnings', ({ root }) => {
    const given = []
    api.setWarningHandler((warning) => given.push(warning))
    api.appendJournalEntries(root, [{ file: '#' }])
    expect(given.map((warning) => Object.getPrototypeOf(warning))).toEqual([realm.Object.prototype])
  })
})

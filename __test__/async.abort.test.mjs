// `signal`: as Node's own promise APIs take it, side by side with `timers/promises`.

import { getEventListeners } from 'node:events'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { Journal, asyncOurs, failure } from '../testkit/async.mjs'
import { stageLockfile } from '../testkit/holder.mjs'
import { HEADER, IS_DIRECTORY, journalOf, lockOf, onlyJournal, test, tree } from '../testkit/workspace.mjs'

const unix = describe.skipIf(process.platform === 'win32') // there a staged lockfile holds nobody up
const [{ append }] = asyncOurs
const PATIENCE = 1000 // far less than the lock's timeout of 5 s

const listeners = (signal) => getEventListeners(signal, 'abort').length
const nodes = (options) => failure(sleep(60_000, undefined, options))
/** As Node's, of this realm: the class of Node's own is not exported. */
const asNodes = async (options) => ({ ...(await nodes(options)), class: 'Error' })

const everyCall = {
  ...Object.fromEntries(
    asyncOurs.flatMap(({ name, append, stamp, header }) => [
      [`${name} append`, (root, options) => append(root, [{ file: 'a' }], options)],
      [`${name} stamp`, (root, options) => stamp(root, [{ file: 'a' }], 5, options)],
      [`${name} header`, (root, options) => header(root, 5, options)],
    ]),
  ),
  'Journal checkpoint': (root, options) => Journal.forRoot(root).checkpointAsync(null, 5, options),
}
const reasons = [undefined, null, 0, 'why', new Error('why'), { why: 1 }]
const duck = { aborted: true, reason: 'why', addEventListener() {}, removeEventListener() {} }

describe.each(Object.entries(everyCall))('%s', (_, call) => {
  test.for(reasons.map((reason) => [reason]))(
    'with a signal that is aborted already: %s',
    async ([reason], { root }) => {
      const signal = AbortSignal.abort(reason)
      const error = await failure(call(root, { signal }))
      expect(error).toEqual(await asNodes({ signal }))
      expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' })
      expect(error.cause).toBe(signal.reason)
      expect(tree(root)).toEqual({})
    },
  )

  test.for([
    [{ signal: null }],
    [{ signal: 5 }],
    [{ signal: {} }],
    [{ signal: 's' }],
    [{ signal: AbortSignal }],
    [null],
    [5],
  ])('refuses the options %o as Node does', async ([options], { root }) => {
    const error = await failure(call(root, options))
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    const [told] = (await nodes(options)).message.split('. Received')
    expect(error.message.split('. Received')[0]).toBe(told)
    expect(tree(root)).toEqual({})
  })

  test('takes what Node takes for a signal', async ({ root }) => {
    expect(await failure(call(root, { signal: duck }))).toEqual(await asNodes({ signal: duck }))
    for (const options of [undefined, {}, { signal: undefined }]) await call(root, options)
  })

  test('leaves no listener behind once it is done, and an abort then does nothing', async ({ root }) => {
    const controller = new AbortController()
    const { signal } = controller
    signal.onabort = () => {}
    const { onabort } = signal
    const own = listeners(signal)
    const promise = call(root, { signal })
    expect(listeners(signal)).toBe(own + 1)
    await promise
    expect(listeners(signal)).toBe(own)
    expect(signal.onabort).toBe(onabort)
    controller.abort()
  })
})

test('arguments come first, as in Node: a bad entry with an aborted signal', async ({ root }) => {
  const signal = AbortSignal.abort()
  expect(await failure(append(root, [{}], { signal }))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' })
})

test('a call that fails leaves no listener behind', async ({ root }) => {
  fs.mkdirSync(journalOf(root), { recursive: true })
  const { signal } = new AbortController()
  expect(await failure(append(root, [{ file: 'a' }], { signal }))).toMatchObject({ code: IS_DIRECTORY })
  expect(listeners(signal)).toBe(0)
})

unix('aborted while it waits', () => {
  test.for(reasons.map((reason) => [reason]))('for the lock: %s', async ([reason], { root }) => {
    stageLockfile(root, process.pid)
    const before = tree(root)
    const controller = new AbortController()
    const { signal } = controller
    const heard = []
    signal.onabort = (event) => heard.push(event.type)
    const promise = failure(append(root, [{ file: 'a' }], { signal }))
    const node = asNodes({ signal })
    await sleep(50)
    const start = performance.now()
    controller.abort(reason)
    const error = await promise
    expect(performance.now() - start).toBeLessThan(PATIENCE)
    expect(error).toEqual(await node)
    expect(error.cause).toBe(signal.reason)
    expect(heard).toEqual(['abort'])
    expect(listeners(signal)).toBe(1) // the test's own `onabort`
    expect(tree(root)).toEqual(before)
  })

  test('for its turn: at once, and without a write', async ({ root }) => {
    stageLockfile(root, process.pid)
    const controller = new AbortController()
    const first = append(root, [{ file: 'first' }])
    const second = failure(append(root, [{ file: 'second' }], { signal: controller.signal }))
    const third = append(root, [{ file: 'third' }])
    controller.abort('why')
    expect(await second).toMatchObject({ code: 'ABORT_ERR', cause: 'why' }) // while the first still waits
    expect(listeners(controller.signal)).toBe(0)
    fs.unlinkSync(lockOf(root))
    await Promise.all([first, third])
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\nfirst\nthird\n`))
  })

  test('for the lock, and the next one takes its place', async ({ root }) => {
    stageLockfile(root, process.pid)
    const controller = new AbortController()
    const first = failure(append(root, [{ file: 'first' }], { signal: controller.signal }))
    const second = append(root, [{ file: 'second' }])
    await sleep(20)
    controller.abort()
    expect(await first).toMatchObject({ code: 'ABORT_ERR' })
    fs.unlinkSync(lockOf(root))
    await second
    expect(tree(root)).toEqual(onlyJournal(`${HEADER}0\nsecond\n`))
  })

  test('a hundred calls by one signal', async ({ root }) => {
    stageLockfile(root, process.pid)
    const controller = new AbortController()
    const { signal } = controller
    const calls = Array.from({ length: 100 }, () => failure(append(root, [{ file: 'a' }], { signal })))
    await sleep(20)
    controller.abort()
    for (const error of await Promise.all(calls)) expect(error.code).toBe('ABORT_ERR')
    expect(listeners(signal)).toBe(0)
  })

  test('by AbortSignal.timeout', async ({ root }) => {
    stageLockfile(root, process.pid)
    const signal = AbortSignal.timeout(50)
    const [ours, node] = await Promise.all([failure(append(root, [{ file: 'a' }], { signal })), nodes({ signal })])
    expect(ours).toEqual({ ...node, class: 'Error' })
    expect(ours.cause.name).toBe('TimeoutError')
  })

  test('a mark, too', async ({ root }) => {
    const journal = Journal.forRoot(root)
    journal.appendAndStamp([{ file: 'a' }], 5)
    stageLockfile(root, process.pid)
    const controller = new AbortController()
    const promise = failure(journal.markAsync({ signal: controller.signal }))
    await sleep(20)
    controller.abort('why')
    expect(await promise).toMatchObject({ code: 'ABORT_ERR', cause: 'why' })
  })
})

describe('aborted inside', () => {
  const ROUNDS = 10

  // A journal so long that writing it anew takes a while; and it is, for the first digit changes.
  test('it is finished, and resolves', async ({ root }) => {
    const journal = Journal.forRoot(root)
    const long = Array.from({ length: 200_000 }, (_, index) => ({ file: `src/some/directory/file-${index}.ts` }))
    journal.appendAndStamp(long, 2_600_000_000_000)
    const inode = () => fs.statSync(journalOf(root), { bigint: true }).ino
    let inside = 0
    for (let round = 0; round < 20 * ROUNDS && inside < ROUNDS; round++) {
      const controller = new AbortController()
      const { signal } = controller
      const batch = [{ file: `round-${round}` }]
      const timestamp = (round % 2) * 1_000_000_000_000 + 1_700_000_000_000
      const before = inode()
      const promise = journal.appendAndStampAsync(batch, timestamp, { signal })
      // If this thread slept all the while that the lockfile was there, the journal is another file by now.
      while (!fs.existsSync(lockOf(root)) && inode() === before);
      controller.abort()
      // That lockfile is there still: it was inside before the abort, and is.
      if (fs.existsSync(lockOf(root))) inside++
      await promise
      expect(listeners(signal)).toBe(0)
      expect(journal.read()).toMatchObject({ valid: true, timestamp })
      expect(journal.read().changed.at(-1)).toBe(batch[0].file)
    }
    expect(inside).toBe(ROUNDS)
  })
})

// A process with an event loop that has other things to do than to write the journal; `parts/loop.mjs` starts it.

import { setTimeout as pause } from 'node:timers/promises'
import { load } from '../../testkit/subjects.mjs'
import { now } from '../lib/clock.mjs'

/** How often the loop wants to turn. */
const TICK = 1000

/** How long after one write the next one begins. */
const PERIOD_MS = 20

process.once('disconnect', process.exit)
process.once('message', async ({ subject, root, writes }) => {
  const { api } = await load(subject)
  let count = 0
  const entries = () => [{ file: `watcher/${count++}` }]
  const write = {
    never: () => {},
    sync: () => api.appendJournalEntries(root, entries()),
    async: () => api.appendJournalEntriesAsync(root, entries()),
  }[writes]
  process.once('message', async ({ seconds }) => {
    const end = now() + seconds * 1_000_000
    const [late, errors] = await Promise.all([turnUntil(end), writeUntil(end, write)])
    process.send({ late, errors, calls: count })
  })
  process.send('ready')
})

/** How late the loop was at each moment at which it should have turned. One that stood still has missed all of its turns. */
async function turnUntil(end) {
  const late = []
  for (let expected = now() + TICK; expected < end;) {
    await pause(1)
    for (const turned = now(); expected <= turned; expected += TICK) late.push(turned - expected)
  }
  return late
}

async function writeUntil(end, write) {
  const errors = []
  while (now() < end) {
    try {
      await write()
    } catch (error) {
      errors.push(error.message)
    }
    await pause(PERIOD_MS)
  }
  return errors
}

// One who has much to write, until it is killed: batches of entries, each with a stamp.

import { setTimeout as pause } from 'node:timers/promises'
import { load } from '../../testkit/subjects.mjs'
import { entry } from '../lib/journals.mjs'

const BATCH = 10_000

/** Between two batches: others are to get the lock at all. */
const PAUSE_MS = 5

process.once('disconnect', process.exit)
process.once('message', async ({ subject, root }) => {
  const journal = await load(subject)
  const entries = Array.from({ length: BATCH }, (_, number) => entry(number))
  process.send('ready')
  for (;;) {
    journal.header(root, Date.now())
    for (let batch = 0; batch < 10; batch++) {
      attempt(() => journal.stamp(root, entries, Date.now()))
      await pause(PAUSE_MS)
    }
  }
})

/** It may time out, as anybody may: it has contended all the same. */
function attempt(write) {
  try {
    write()
  } catch (error) {
    if (!error.message.startsWith('Failed to acquire journal lock')) throw error
  }
}

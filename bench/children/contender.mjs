// One who holds the lock for as long as it is stopped, or waits for it; `parts/waiting.mjs` stops it, and orders which.

import { setImmediate as turn } from 'node:timers/promises'
import { load } from '../../testkit/subjects.mjs'
import { now } from '../lib/clock.mjs'

/** A call that takes as long was stopped, and for good: until the next order nothing is called any more. */
const STOPPED = 50_000

let count = 0

process.once('disconnect', process.exit)
process.once('message', async ({ subject, root }) => {
  const journal = await load(subject)
  const append = () => journal.append(root, [{ file: `${process.pid}/${count++}` }])
  const orders = {
    /** Appends until it was stopped within a call; answers when that one has returned. */
    async hold() {
      for (;;) {
        const begun = now()
        append()
        const released = now()
        if (released - begun > STOPPED) return released
        await turn() // to see that the bench has ended
      }
    },
    async wait() {
      const cpu = process.cpuUsage()
      const begun = now()
      append()
      const ended = now()
      const { user, system } = process.cpuUsage(cpu)
      append()
      return { begun, ended, cpu: user + system, alone: now() - ended }
    },
  }
  process.on('message', async (order) => process.send(await orders[order]()))
  process.send('ready')
})

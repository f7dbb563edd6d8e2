// One that makes a call now and then and does nothing in between, as a watcher does; `parts/cold.mjs` starts it.

import { setTimeout as pause } from 'node:timers/promises'
import { load } from '../../testkit/subjects.mjs'
import { now } from '../lib/clock.mjs'
import { entry } from '../lib/journals.mjs'

process.once('disconnect', process.exit)
process.once('message', async ({ subject, operation, root }) => {
  const journal = await load(subject)
  const call = {
    append: (entries) => journal.append(root, entries),
    stamp: (entries) => journal.stamp(root, entries, Date.now()),
  }[operation]
  process.once('message', async ({ start, periodMs, calls }) => {
    const times = []
    for (let index = 0; index < calls; index++) {
      await pause((start - now()) / 1000 + index * periodMs)
      const entries = [entry(1_000_000 + index)]
      const begun = now()
      call(entries)
      times.push(now() - begun)
    }
    process.send(times)
  })
  process.send('ready')
})

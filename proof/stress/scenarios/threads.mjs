// Eight worker threads of one process write. Threads are terminated and replaced, and in the end the process exits: while they write,
// or while all wait for a lock that somebody else holds. A process beside must not notice.

import { natives } from '../fleet.mjs'

const THREADS = 8

/** What it exits with: any other code or a signal is a crash. */
const CODE = 42

async function threads(storm) {
  await storm.startFleet()
  while (storm.isOn) {
    const host = await storm.startHost()
    const names = await startThreads(storm, host, THREADS)
    for (let times = storm.random.below(4); times > 0; times--) {
      const [name] = names.splice(storm.random.below(THREADS), 1)
      await inTheMiddle(storm, () => host.tell('terminate', name))
      storm.count('terminated threads')
      names.push(...(await startThreads(storm, host, 1)))
    }
    host.mayEnd = true
    await inTheMiddle(storm, () => host.tell('exit', CODE))
    const [code, signal] = await host.ended
    storm.count('exits')
    if (code !== CODE) storm.fail(`the process ended with ${signal ?? code}, not ${CODE}`)
  }
}

async function startThreads(storm, host, count) {
  const orders = natives(count).map((order) => storm.enlist(order))
  await host.tell('start', storm.root, orders)
  return orders.map(({ name }) => name)
}

/** Does something to writers: half of the time to such as are writing, else to such as are waiting. */
async function inTheMiddle(storm, act) {
  await storm.pause(60)
  if (storm.random.chance(0.5)) return act()
  const letGo = await storm.hold()
  await storm.pause(60)
  const acted = act()
  await storm.pause(60)
  letGo()
  await acted
}

export const workerThreads = [
  {
    name: 'threads',
    fleet: natives(1),
    beside: `${THREADS} native threads`,
    demands: 'everything',
    terminates: true,
    run: threads,
  },
]

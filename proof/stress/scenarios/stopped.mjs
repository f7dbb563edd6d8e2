// Holders are stopped inside the lock until it looks 30 s old; others get in; then the holders continue. Native writers of
// the domain wait for one that has the kernel lock, but JS writers get in.

import { setTimeout as sleep } from 'node:timers/promises'
import { PAUSE, js, natives } from '../fleet.mjs'

/** Longer than a native writer waits, so that it times out: one stop a round, with every fourth seed. */
const TOO_LONG_MS = 5500

/** A native writer is stopped; a JS writer steals its lock. */
async function stoppedNative(storm) {
  const fleet = await storm.startFleet()
  const [other] = fleet.filter(({ order }) => order.js)
  const [victim] = fleet
  for (let isFirst = true; storm.isOn; isFirst = false) {
    await storm.stopInside(victim)
    storm.age()
    await other.write()
    if (isFirst && storm.seed % 4 === 0) await sleep(TOO_LONG_MS)
    // The other one is outside by now: a native writer that was stopped between its last look and the unlink removes nobody's lock.
    victim.kill('SIGCONT')
    await storm.heardFrom(victim)
    await other.write()
  }
}

/** A JS writer is stopped; native writers steal its lock. */
async function stoppedJs(storm) {
  const fleet = await storm.startFleet()
  const [victim] = fleet.filter(({ order }) => order.js)
  const others = fleet.filter(({ order }) => !order.js)
  while (storm.isOn) {
    await storm.stopInside(victim)
    storm.age()
    await Promise.all(others.map((other) => storm.heardFrom(other)))
    await storm.pause(200)
    victim.kill('SIGCONT')
    await storm.heardFrom(victim)
  }
}

const oneJs = js(1, { entries: 5 })

/** They leave the lock to the victim for most of the time, or it would hardly be found inside. */
const others = natives(3, { pauseMs: 5 })

export const stopped = [
  {
    name: 'stopped',
    // The victim appends: nothing that it does late drops what others wrote.
    fleet: [...natives(1, { stampEvery: 0 }), ...others, ...oneJs],
    demands: 'everything',
    mayTimeOut: true,
    run: stoppedNative,
  },
  {
    name: 'stopped-in-a-stamp',
    // It replaces the journal, because a stamp of 12 digits can't be written in place. If it was stopped right before the rename, it drops
    // what the JS writer wrote.
    fleet: [...natives(1, { stampEvery: 1, firstStamp: 100_000_000_000 }), ...others, ...oneJs],
    demands: 'natives',
    mayTimeOut: true,
    run: stoppedNative,
  },
  {
    name: 'stopped-js',
    // It appends: one that stamps renames an old copy over everybody's entries when it goes on.
    fleet: [...natives(4, PAUSE), ...js(1, { stampEvery: 0 })],
    demands: 'natives',
    run: stoppedJs,
  },
]

// Holders are stopped inside the lock until it looks 30 s old; others get in; then the holders go on. Natives of its domain wait
// for one that has the guard, but JS writers get in.

import { setTimeout as sleep } from 'node:timers/promises'
import { PAUSE, js, natives } from '../fleet.mjs'

/** Longer than a native's wait, which then ends with an error: one stop a round, with every fourth seed. */
const TOO_LONG_MS = 5500

/** A native is stopped; a JS writer robs it. */
async function stoppedNative(storm) {
  const fleet = await storm.startFleet()
  const [robber] = fleet.filter(({ order }) => order.js)
  const [victim] = fleet
  for (let isFirst = true; storm.isOn; isFirst = false) {
    await storm.stopInside(victim)
    storm.age()
    await robber.write()
    if (isFirst && storm.seed % 4 === 0) await sleep(TOO_LONG_MS)
    // The robber is outside by now: a native that was stopped between its last look and the unlink removes nobody's lock.
    victim.kill('SIGCONT')
    await storm.heardFrom(victim)
    await robber.write()
  }
}

/** A JS writer is stopped; natives rob it. */
async function stoppedJs(storm) {
  const fleet = await storm.startFleet()
  const [victim] = fleet.filter(({ order }) => order.js)
  const robbers = fleet.filter(({ order }) => !order.js)
  while (storm.isOn) {
    await storm.stopInside(victim)
    storm.age()
    await Promise.all(robbers.map((robber) => storm.heardFrom(robber)))
    await storm.pause(200)
    victim.kill('SIGCONT')
    await storm.heardFrom(victim)
  }
}

const robber = js(1, { entries: 5 })

/** They leave the lock to the victim for most of the time, or it would hardly be found inside. */
const others = natives(3, { pauseMs: 5 })

export const stopped = [
  {
    name: 'stopped',
    // The victim appends: nothing that it does late drops what others wrote.
    fleet: [...natives(1, { stampEvery: 0 }), ...others, ...robber],
    demands: 'everything',
    mayTimeOut: true,
    run: stoppedNative,
  },
  {
    name: 'stopped-in-a-stamp',
    // It replaces the journal, for a stamp of 12 digits is none that goes in place; and if it was stopped right before the rename, drops
    // what the robber wrote.
    fleet: [...natives(1, { stampEvery: 1, firstStamp: 100_000_000_000 }), ...others, ...robber],
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

// Writers are killed at random moments, and others take their places; native ones are also stopped for a moment. Nobody else may
// notice.

import { PAUSE, js, natives } from '../fleet.mjs'

/** How long a writer lives, at most, once it writes. */
const LIFE_MS = 600

/** How long one is stopped: longer than the grace period of a take-over, shorter than any lock takes to look dead. */
const STOP_MS = 300

/** `afterKill(order)` is called at each death, before anybody takes the dead one's place. */
export async function killAndReplace(storm, afterKill = () => {}) {
  const fleet = await storm.startFleet()
  const places = fleet.map(async (first) => {
    const random = storm.random.fork()
    for (let writer = first; storm.isOn;) {
      await storm.pause(LIFE_MS, random)
      // Not a JS writer: one that is stopped between judging a lock and stealing it steals somebody else's.
      if (!writer.order.js && !writer.order.via && random.chance(0.3)) {
        writer.kill('SIGSTOP')
        storm.count('stops')
        await storm.pause(STOP_MS, random)
        writer.kill('SIGCONT')
      } else {
        await storm.kill(writer)
        await afterKill(writer.order)
        writer = await storm.start(writer.order)
      }
    }
  })
  await Promise.all(places)
}

export const killer = [
  { name: 'killer', fleet: natives(6), demands: 'everything', run: (storm) => killAndReplace(storm) },
  {
    name: 'killer-one-js',
    fleet: [...natives(4, PAUSE), ...js(1)],
    demands: 'everything',
    run: (storm) => killAndReplace(storm),
  },
  {
    name: 'killer-js-appending',
    fleet: [...natives(4, PAUSE), ...js(3, { stampEvery: 0 })],
    demands: 'natives',
    run: (storm) => killAndReplace(storm),
  },
  {
    name: 'killer-js',
    fleet: [...natives(3, PAUSE), ...js(3)],
    demands: 'nothing',
    run: (storm) => killAndReplace(storm),
  },
]

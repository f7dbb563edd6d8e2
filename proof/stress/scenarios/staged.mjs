// The lockfile of somebody dead stands there when all writers start at once, again and again: exactly one may take it over.

import fs from 'node:fs'
import { claimIn, deadPid, jsClaim, stageFile } from '../../../testkit/holder.mjs'
import { lockOf } from '../../../testkit/place.mjs'
import { PAUSE, js, natives } from '../fleet.mjs'

const OVER_30_S = 31_000

/** Entries of each writer for each lockfile. */
const entries = 3

async function staged(storm) {
  const fleet = await storm.startFleet()
  const native = await claimOfSomebodyKilled(storm)
  const dead = {
    'a dead pid': () => [jsClaim(deadPid()), 0],
    'a dead native': () => [native, 0],
    'a dead native, old': () => [native, OVER_30_S],
    empty: () => ['', 0],
    'no pid': () => ['nobody\n', 0],
    'a living pid, old': () => [jsClaim(process.pid), OVER_30_S],
  }
  while (storm.isOn) {
    const [content, age] = storm.random.pick(Object.values(dead))()
    stageFile(storm.root, content, age)
    storm.count('dead lockfiles')
    await Promise.all(fleet.map((writer) => writer.write()))
  }
}

/** As a native writer leaves it behind; in the control, as the original does. The file itself goes: it may have a private name, too. */
async function claimOfSomebodyKilled(storm) {
  const victim = await storm.start({})
  await storm.stopInside(victim)
  const claim = claimIn(storm.root)
  await storm.kill(victim)
  fs.unlinkSync(lockOf(storm.root))
  return claim
}

export const stagedLocks = [
  { name: 'staged', fleet: natives(8, { entries }), demands: 'everything', run: staged },
  {
    name: 'staged-one-js',
    fleet: [...natives(5, { entries, ...PAUSE }), ...js(1, { entries })],
    demands: 'everything',
    run: staged,
  },
]

// A writer is killed inside the lock, and somebody else gets its pid at once: in a PID namespace, where the next pid can be chosen.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { claimIn } from '../../../testkit/holder.mjs'
import { PAUSE, js, natives } from '../fleet.mjs'
import { nextPids, unshare } from '../platform.mjs'

/** Longer than a native writer that has judged a lockfile stale needs to take it over. */
const SETTLED_MS = 100

/** Longer than the grace for the lockfile of a dead JS writer. */
const GRACE_MS = 600

async function recycled(storm) {
  const fleet = await storm.startFleet()
  while (storm.isOn) {
    const place = storm.random.chance(0.5) ? 0 : storm.random.below(fleet.length)
    const victim = fleet[place]
    await storm.stopInside(victim)
    const left = claimIn(storm.root)
    await storm.kill(victim)
    fs.writeFileSync('/proc/sys/kernel/ns_last_pid', String(victim.pid - 1))
    // As a rule nothing comes between this and the start of the process that gets that pid.
    const heir = storm.random.chance(0.5) ? await storm.start(victim.order) : bystander()
    if (heir.pid === victim.pid) {
      storm.count('recycled pids')
      // A JS writer's lock is not stale while its pid lives, until it is old. A native writer's is: no pid is checked.
      if (victim.order.js) await outlive(storm, left)
    } else if (victim.order.js && claimIn(storm.root) === left) {
      storm.age() // a thread of a waiting native writer may have got it: the lock is not stale until the wait has timed out
    }
    const survivors = fleet.filter((writer) => writer !== victim && !writer.order.js)
    await Promise.all(survivors.map((writer) => storm.heardFrom(writer)))
    if (!heir.order) await heir.end()
    fleet[place] = heir.order ? heir : await storm.start(victim.order)
  }
  if (!storm.counts['recycled pids']) storm.fail('no pid was recycled')
}

/** Sees that a lock stays until it is old. */
async function outlive(storm, claim) {
  await sleep(SETTLED_MS)
  if (claimIn(storm.root) !== claim) return storm.count('taken before the pid lived again')
  await sleep(GRACE_MS)
  if (claimIn(storm.root) !== claim) storm.fail('the lock of a pid that lives was taken before it was old')
  storm.age()
}

/** Somebody who does not write. */
function bystander() {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  return {
    pid: child.pid,
    async end() {
      child.kill()
      await ended
    },
  }
}

export const recycledPids = [
  {
    name: 'recycled-pids',
    fleet: [...js(1), ...natives(4, PAUSE)],
    demands: 'everything',
    needs: [nextPids],
    via: unshare,
    run: recycled,
  },
]

// Processes have children while they hold the lock: by fork and exec, which outlive a parent that is killed, and by fork alone,
// which share its open files. No child keeps the lock.

import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { PAUSE, natives } from '../fleet.mjs'
import { compiler } from '../platform.mjs'

/** Longer than a native writer waits for the lock: if a child kept it, calls would fail. */
const CHILD_SECONDS = 7

const THREADS = 4

/**
 * Worker threads write while the main thread spawns; then the whole process is killed. As a rule that happens while they wait for the
 * lockfile, because one of them has the kernel lock all the time then.
 */
async function spawning(storm) {
  await storm.startFleet()
  while (storm.isOn) {
    const host = await storm.startHost()
    const threads = natives(THREADS).map((order) => storm.enlist(order))
    await host.tell('start', storm.root, threads)
    await host.tell('spawn', 20, CHILD_SECONDS)
    await storm.pause(200)
    const letGo = storm.random.chance(0.8) ? await storm.hold() : () => {}
    await storm.pause(200)
    await storm.kill(host)
    letGo()
  }
}

/** Writers into which a thread was loaded that forks and forks. */
async function forking(storm) {
  const library = path.join(storm.root, 'forker.so')
  const source = fileURLToPath(new URL('../forker.c', import.meta.url))
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-pthread', '-o', library, source])
  await storm.startFleet({ env: { LD_PRELOAD: library, FORKER_SEED: String(storm.random.below(2 ** 31)) } })
  while (storm.isOn) await storm.pause(50)
}

export const forks = [
  {
    name: 'spawned-children',
    fleet: natives(1, PAUSE),
    beside: `${THREADS} native threads that spawn`,
    demands: 'everything',
    run: spawning,
  },
  {
    name: 'forked-children',
    fleet: natives(3, { where: 'that fork' }),
    demands: 'everything',
    needs: [compiler],
    run: forking,
  },
]

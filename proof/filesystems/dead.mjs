// The locks of writers that were killed, where they are free only after 30.5 s.

import { setTimeout as sleep } from 'node:timers/promises'
import { claimIn, setAge } from '../../testkit/holder.mjs'
import { lockOf } from '../../testkit/workspace.mjs'

export const OLD_MS = 31_000

/**
 * Makes a dead native's lock old as soon as it is in the way, until `isOver()`: nobody waits 30 s for each. Each only once: from then on
 * anybody may take the lock over, in the same file, and a live holder's must not be made old.
 * Resolves to how many they were.
 */
export async function buryTheDead(root, isOver) {
  const buried = new Set()
  while (!isOver()) {
    const claim = claimIn(root)
    const [, pid] = /^1\n(\d+)-/.exec(claim ?? '') ?? []
    if (pid && !buried.has(claim) && isDead(Number(pid))) {
      buried.add(claim)
      setAge(lockOf(root), OLD_MS)
    }
    await sleep(20)
  }
  return buried.size
}

function isDead(pid) {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

// Writers in different PID namespaces, in which each other's pids mean nothing or somebody else, share one journal. Writers are
// killed as in `killer`.

import { setTimeout as sleep } from 'node:timers/promises'
import { claimIn } from '../../../testkit/holder.mjs'
import { PAUSE, js, natives } from '../fleet.mjs'
import { bubblewrap, bwrap, pidNamespaces, unshare } from '../platform.mjs'
import { killAndReplace } from './killer.mjs'

const inUnshare = { where: 'in unshare', via: unshare }
const inBwrap = { where: 'in bwrap', via: bwrap }

const LONGER_THAN_A_CALL_MS = 100

/** What a JS writer that is process 1 of its namespace has in the lockfile: a pid that lives in every namespace. */
const CLAIM_OF_ONE = /^1\n1-[0-9a-f]{16}\n$/

/** The lock of such a one that was killed is free only once it is old. */
function namespaces(storm) {
  return killAndReplace(storm, async () => {
    const claim = claimIn(storm.root)
    if (!CLAIM_OF_ONE.test(claim)) return
    await sleep(LONGER_THAN_A_CALL_MS)
    if (claimIn(storm.root) === claim) storm.age()
  })
}

const common = { needs: [pidNamespaces], run: namespaces }
const everywhere = (order) => [...natives(2, order), ...natives(2, { ...inUnshare, ...order })]

export const pidNamespaceFleets = [
  { name: 'namespaces', fleet: everywhere(), demands: 'everything', ...common },
  { name: 'namespaces-js-outside', fleet: [...everywhere(PAUSE), ...js(1)], demands: 'everything', ...common },
  {
    name: 'namespaces-js-inside',
    fleet: [...everywhere(PAUSE), ...js(1, inUnshare)],
    demands: 'everything',
    ...common,
  },
  {
    name: 'namespaces-js-appending',
    fleet: [...everywhere(PAUSE), ...js(1, { stampEvery: 0 }), ...js(2, { stampEvery: 0, ...inUnshare })],
    demands: 'natives',
    ...common,
  },
  {
    name: 'containers',
    fleet: [...natives(1, PAUSE), ...natives(3, { ...inBwrap, ...PAUSE }), ...js(1)],
    demands: 'everything',
    needs: [bubblewrap],
    run: namespaces,
  },
]

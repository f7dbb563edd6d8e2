// All scenarios. Each is { name, fleet, demands, run(storm) }, and where it applies { beside, needs, via, mayTimeOut, terminates }:
//
// - `demands`: whose acknowledged entries must be there at the end: `everything`; those of `natives`, where JS writers may lose
//   each other's or, in one named case, a stopped native writer drops theirs; `nothing`, where they may drop anybody's (see "What is not
//   guaranteed" in core/src/lock/mod.rs). What is lost beyond is counted as the JS module's own.
// - `beside`: who writes beside the fleet, in words.
// - `needs`: what it needs of the machine; `via`: the command that all of it is run through.
// - `mayTimeOut`: native writers may time out behind one that is stopped.
// - `terminates`: threads are terminated, and the calls that they make meanwhile may fail.

import { forks } from './forks.mjs'
import { killer } from './killer.mjs'
import { pidNamespaceFleets } from './namespaces.mjs'
import { recycledPids } from './recycled.mjs'
import { stagedLocks } from './staged.mjs'
import { stopped } from './stopped.mjs'
import { workerThreads } from './threads.mjs'

export const scenarios = [killer, stagedLocks, stopped, recycledPids, workerThreads, forks, pidNamespaceFleets].flat()

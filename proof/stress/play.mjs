// Plays the round that its argument describes, and sends the verdict. Started by `round.mjs`.

import fs from 'node:fs'
import path from 'node:path'
import { claimIn, setAge } from '../../testkit/holder.mjs'
import { HEADER, journalDir, lockOf, removeRoot, writeJournal } from '../../testkit/place.mjs'
import { FIRST_STAMP } from '../../testkit/writers.mjs'
import { scenarios } from './scenarios/index.mjs'
import { Storm } from './storm.mjs'
import { verdictOn } from './verdict.mjs'

const { name, ...options } = JSON.parse(process.argv[2])
const scenario = scenarios.find((scenario) => scenario.name === name)
const storm = new Storm({ fleet: scenario.fleet, ...options })

// Nobody wants it any more; or it hangs, and what it was played with is evidence.
for (const gone of ['disconnect', 'SIGINT', 'SIGHUP']) process.once(gone, () => giveUp(removeRoot))
process.once('SIGTERM', () => giveUp())

async function giveUp(cleanUp) {
  await storm.end()
  cleanUp?.(storm.root)
  process.exit(1)
}

try {
  // A JS writer that makes the journal may wipe out what another has just made, so it finds one.
  if (scenario.fleet.some(({ js }) => js) || storm.random.chance(0.5))
    writeJournal(storm.root, `${HEADER}${FIRST_STAMP}\n`)
  await scenario.run(storm)
  await storm.outwait()
} catch (error) {
  storm.fail(error.stack)
} finally {
  await storm.end()
}
await oneMoreWrites()
process.send(verdictOn(storm, scenario), () => process.exit())

/**
 * All are dead. What they left behind looks 30 s old from now on, but for the lock of a native, which is free at once. The one who
 * writes now gets in and sweeps.
 */
async function oneMoreWrites() {
  const isNatives = claimIn(storm.root)?.includes('\nnative v1 ')
  for (const name of fs.readdirSync(journalDir(storm.root))) {
    const file = path.join(journalDir(storm.root), name)
    if (name.endsWith('.tmp') || (file === lockOf(storm.root) && !isNatives)) setAge(file, 31_000)
  }
  await storm.writeOnce({ name: 'last', subject: 'root' })
}

// How long after a release a waiter has written, and how much of a core it has used until then.
//
// The holder is a real writer, of either kind, that is stopped (SIGSTOP) while it is inside and goes on 200 ms later: so the lock is
// held in the way it always is, the waiter has come to its longest pause, and the release is the holder's own. It reports when its
// call has returned, some µs after that. The waiter reports when its own has, and how long the next one takes it, with nobody in its way:
// that much of the delay is the call itself, and at least that, for the next one finds the caches warm.

import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { answerOf, endChild, startChild } from '../lib/children.mjs'
import { lockfileOf, makeJournal } from '../lib/journals.mjs'
import { NAMES, digits, microseconds, table } from '../lib/print.mjs'
import { shuffled } from '../lib/random.mjs'
import { median, quantile, spread } from '../lib/statistics.mjs'

export const title = 'waiting'

const PAIRS = [
  { holder: 'js', waiter: 'js' },
  { holder: 'js', waiter: 'native' },
  { holder: 'native', waiter: 'js' },
  { holder: 'native', waiter: 'native' },
]

export async function measure({ dir, short, random, seen }) {
  const pairs = short ? PAIRS.filter(({ waiter }) => waiter === 'native') : PAIRS
  const rounds = short ? 8 : 40
  const contenders = await Promise.all(
    pairs.map((pair) => start(pair, path.join(dir, `${pair.holder}-${pair.waiter}`))),
  )
  try {
    for (let round = 0; round < rounds; round++) {
      for (const contender of shuffled(contenders, random)) contender.waits.push(await wait(contender, random))
      seen(round + 1, rounds)
    }
  } finally {
    await Promise.all(contenders.flatMap(({ holder, waiter }) => [holder, waiter].map(endChild)))
  }
  return contenders.map(({ pair, waits }) => {
    const delays = waits.map(({ delay }) => delay)
    return {
      ...pair,
      alone: median(waits.map(({ alone }) => alone)),
      delays,
      delay: spread(delays),
      p99: quantile(delays, 0.99),
      cpu: median(waits.map(({ cpu }) => cpu)),
    }
  })
}

async function start(pair, root) {
  makeJournal(root, 0)
  const [holder, waiter] = await Promise.all(
    [pair.holder, pair.waiter].map((subject) => startChild('contender', { subject, root })),
  )
  return { pair, root, holder, waiter, waits: [] }
}

/** One wait: how long after the release it ended, and which share of a core it took. */
async function wait({ root, holder, waiter }, random) {
  holder.send('hold')
  const released = answerOf(holder)
  if (!(await stopInside(holder, root, released))) return wait({ root, holder, waiter }, random)
  waiter.send('wait')
  const waited = answerOf(waiter)
  await pause(150 + 100 * random())
  holder.kill('SIGCONT')
  const [release, { begun, ended, cpu, alone }] = await Promise.all([released, waited])
  if (begun > release) throw new Error('the waiter did not begin while the lock was held')
  return { delay: ended - release - alone, alone, cpu: cpu / (ended - begun) }
}

/**
 * Only the lockfile shows where a writer is, so it is stopped again and again until one is there. False if the machine was so slow
 * that the holder has taken one of these for the real one.
 */
async function stopInside(holder, root, released) {
  let over = false
  released.then(() => (over = true))
  while (!over) {
    await pause(2)
    holder.kill('SIGSTOP')
    await stopped(holder)
    if (isLocked(root)) return true
    holder.kill('SIGCONT')
  }
  return false
}

/** On Linux the kernel shows it; elsewhere a signal takes no 5 ms to arrive. */
async function stopped({ pid }) {
  const status = `/proc/${pid}/stat`
  if (!fs.existsSync(status)) return pause(5)
  while (!fs.readFileSync(status, 'latin1').includes(') T ')) await pause(0)
}

/** Is there a lockfile, with a claim in it? The JS module's is empty at first. */
function isLocked(root) {
  const stat = fs.statSync(lockfileOf(root), { throwIfNoEntry: false })
  return stat !== undefined && stat.size > 0
}

export function print(rows) {
  const cells = rows.map(({ holder, waiter, delay, p99, alone, cpu }) => [
    `${NAMES[holder]} → ${NAMES[waiter]}`,
    ...[delay.median, delay.low, delay.high, p99, alone].map(microseconds),
    `${digits(100 * cpu)} %`,
  ])
  table(['holder → waiter', 'late by p50', 'p25', 'p75', 'p99', 'a call alone', 'CPU while waiting'], cells)
}

// A writer: entry after entry from one moment to another, appends and stamps in turns, or appends alone; `parts/writers.mjs` starts it,
// and `parts/peers.mjs`.

import { openPeer } from '../peers/kinds.mjs'
import { load } from '../../testkit/subjects.mjs'
import { now, sleepUntil } from '../lib/clock.mjs'

const SECOND = 1_000_000

process.once('disconnect', process.exit)
process.once('message', async ({ writer, ...order }) => {
  const call = await callOf(order)
  process.once('message', ({ start, end }) => {
    process.send(write(call, { writer, start, end }))
  })
  process.send('ready')
})

/** What writes the entry of this file, the `index`th of all. */
async function callOf({ root, subject, peer, home, appends }) {
  if (peer) return openPeer({ peer, root, home }).append
  const journal = await load(subject)
  const append = (file) => journal.append(root, [{ file }])
  const stamp = (file) => journal.stamp(root, [{ file }], Date.now())
  return appends ? append : (file, index) => (index % 2 === 0 ? append(file) : stamp(file))
}

function write(call, { writer, start, end }) {
  const latencies = []
  const acknowledged = []
  const errors = []
  const perSecond = Array((end - start) / SECOND).fill(0)
  sleepUntil(start)
  const cpu = process.cpuUsage()
  for (let index = 0, begun = now(), ended; begun < end; index++, begun = ended) {
    const file = `${writer}/${index}`
    try {
      call(file, index)
      acknowledged.push(file)
    } catch (error) {
      errors.push(error.message)
    }
    ended = now()
    latencies.push(ended - begun)
    const second = Math.floor((ended - start) / SECOND)
    if (second < perSecond.length && acknowledged.at(-1) === file) perSecond[second]++
  }
  const { user, system } = process.cpuUsage(cpu)
  return { latencies, acknowledged, errors, perSecond, cpu: user + system }
}

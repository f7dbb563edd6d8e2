// A writer: entry after entry from one moment to another, appends and stamps in turns; `parts/writers.mjs` starts it.

import { load } from '../../testkit/subjects.mjs'
import { now, sleepUntil } from '../lib/clock.mjs'

const SECOND = 1_000_000

process.once('disconnect', process.exit)
process.once('message', async ({ subject, ...order }) => {
  const journal = await load(subject)
  process.once('message', ({ start, end }) => {
    process.send(write(journal, { ...order, start, end }))
  })
  process.send('ready')
})

function write(journal, { root, writer, start, end }) {
  const latencies = []
  const acknowledged = []
  const errors = []
  const perSecond = Array((end - start) / SECOND).fill(0)
  sleepUntil(start)
  const cpu = process.cpuUsage()
  for (let index = 0, begun = now(), ended; begun < end; index++, begun = ended) {
    const file = `${writer}/${index}`
    try {
      if (index % 2 === 0) journal.append(root, [{ file }])
      else journal.stamp(root, [{ file }], Date.now())
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

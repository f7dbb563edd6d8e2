// Runs one call of a journal function, ordered by `in-child.mjs`, and sends back what came of it.

import { load } from './subjects.mjs'

process.once('message', async ({ subject, method, args, uid, gid }) => {
  const journal = await load(subject)
  const warnings = []
  journal.api.setWarningHandler?.((warning) => warnings.push(warning))

  if (uid !== undefined) {
    process.setgroups([])
    process.setgid(gid)
    process.setuid(uid) // only now: that user need not be able to read this project
  }
  const report = { startedAt: Date.now() }
  const cpu = process.cpuUsage()
  const start = performance.now()
  try {
    report.value = journal[method](...args)
  } catch (error) {
    report.error = { name: error.name, message: error.message, ...error }
  }
  report.ms = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  report.cpuMs = (user + system) / 1000
  report.endedAt = Date.now()

  process.send({ ...report, warnings }, () => process.disconnect())
})
process.send('ready')

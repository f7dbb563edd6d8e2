// A system call that the original does not need fails: ours falls back, and warns once. Each case is a policy, a mount or a driver that
// people have met: the control is the original in the same situation.

import os from 'node:os'
import util from 'node:util'
import { describe, expect } from 'vitest'
import { underFaults } from '../testkit/faults.mjs'
import { deadPid, jsClaim } from '../testkit/holder.mjs'
import { expectNeverWorse } from '../testkit/never-worse.mjs'
import { test } from '../testkit/workspace.mjs'

const T = 1_700_000_000_000
const MINUTE = 60_000

/**
 * What codegraph calls, from a watcher that comes before the first build on; and a dead writer's lock is taken over. The calls of a
 * `Journal` are made by ours only.
 */
const CALLS = [
  ['append', [{ file: 'a' }]],
  ['stamp', [{ file: 'b' }], T],
  ['append', [{ file: 'c' }]],
  ['stamp', [{ file: 'd' }, { file: 'a', deleted: true }], T + 123_456],
  ['read'],
  ['Journal.mark'],
  ['Journal.checkpoint', T + 200_000],
  ['header', T + 300_000],
  ['lockfile', jsClaim(deadPid()), MINUTE],
  ['append', [{ file: 'e' }]],
  ['read'],
]

const REFUSED = {
  // Android's SELinux, AppArmor without `l`, a mount that ends between the two names, FAT, rclone.
  'link,linkat': ['EACCES', 'EXDEV', 'EPERM', 'EINVAL', 'EIO'],
  // CIFS, exFAT, /mnt/c, another owner's mount: modes are what they are.
  'chmod,fchmod,fchmodat': ['EPERM', 'EOPNOTSUPP', 'ENOSYS'],
  // Drivers that know no sync. Nobody has asked for `durable`.
  'fsync,fdatasync': ['EOPNOTSUPP', 'EINVAL', 'ENOTTY', 'ENOSYS'],
  // AppArmor without `k`, seccomp.
  flock: ['EACCES', 'EPERM', 'EINVAL'],
  // Old or strict sandboxes.
  statx: ['EPERM', 'ENOSYS'],
  fstatfs: ['EPERM', 'ENOSYS'],
  kill: ['EPERM'],
  getdents64: ['EACCES'],
}

// Not every system has a call by each of the names.
const optional = (calls) => calls.replaceAll(/\w+/g, '?$&')

describe.skipIf(process.platform !== 'linux')('a system call is refused (strace)', () => {
  const cases = Object.entries(REFUSED).flatMap(([calls, errors]) => errors.map((error) => [calls, error]))

  test.for(cases)('%s: %s', { timeout: MINUTE }, async ([calls, error]) => {
    const { results } = await expectNeverWorse(CALLS, { faults: [`${optional(calls)}:error=${error}`] })
    const checkpoint = results.find(({ step }) => step === 'Journal.checkpoint')
    expect(checkpoint).toMatchObject({ value: true, text: `# codegraph-journal v1 ${T + 200_000}\n` })
  })

  // This one is asked for, so it is an error that it can't be had.
  test.for(REFUSED['fsync,fdatasync'])('durable, and sync is refused: %s is thrown', async (name, { root }) => {
    const entries = [{ file: 'a' }]
    const sequence = [
      ['Journal.append', entries],
      ['Journal.appendAndStamp', entries, T],
      ['Journal.reset', T],
    ]
    const order = { subject: 'root', root, options: { durable: true }, sequence }
    const { results } = await underFaults(order, { faults: [`fsync,fdatasync:error=${name}`] })
    const code = util.getSystemErrorName(-os.constants.errno[name])
    for (const { step, error } of results) {
      expect(error, step).toMatchObject({ code, syscall: expect.stringMatching(/^f(data)?sync$/) })
      expect(error.path.startsWith(`${root}/.codegraph`), step).toBe(true)
    }
  })
})

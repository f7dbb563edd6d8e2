// Each system call that ours make and the original does not make has a row in docs/system-calls.md, and each row has a call.

import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { startFaulty, underFaults } from '../testkit/faults.mjs'
import { stageLockfile, untilLocked } from '../testkit/holder.mjs'
import { SYNC } from '../testkit/refusals.mjs'
import { callOf, listed, namesOf } from '../testkit/system-calls.mjs'
import { journalDir, lockOf, makeRoot, removeRoot, test } from '../testkit/workspace.mjs'

const MINUTE = 60_000

/** What runs in a process whatever it calls, and can't be refused or harms nobody: memory, threads, signals, clocks, Node's own event loop. */
const BESIDE =
  `brk mmap munmap mprotect mremap madvise futex sched_yield sched_getaffinity set_robust_list rseq prctl membarrier
  rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2
  clock_gettime clock_nanosleep gettimeofday getpid gettid getuid exit exit_group close lseek`.split(/\s+/)

/** The C library's memory, of threads. */
const BESIDE_FILES = ['/proc/sys/vm/overcommit_memory']

const key = ({ name, file }) => `${name}, ${file}`

/** By call and file, a line for each: those that a subject makes in a sequence, while `faults` are refused. */
async function traced(subject, faults = []) {
  const root = makeRoot()
  const sequence = SYNC.filter(([name]) => subject === 'root' || !name.startsWith('Journal.'))
  const { calls } = await underFaults({ subject, root, sequence }, { faults, trace: 'all' })
  removeRoot(root)
  return byCall(calls, root)
}

/** The same, while somebody else holds the lock for a while, and a native waits too. */
async function tracedWaiting(subject) {
  const root = makeRoot()
  const sequence = [['append', [{ file: 'a' }]]]
  stageLockfile(root, process.pid)
  const first = await startFaulty({ subject: 'root', root, sequence }, subject === 'root' ? { trace: 'all' } : {})
  const firstDone = first.go()
  await untilLocked(journalDir(root))
  const second = await startFaulty({ subject, root, sequence }, { trace: 'all' })
  const secondDone = second.go()
  await sleep(300)
  fs.rmSync(lockOf(root))
  const both = await Promise.all([firstDone, secondDone])
  removeRoot(root)
  return byCall(
    both.flatMap(({ calls }) => calls),
    root,
  )
}

const byCall = (lines, root) =>
  new Map(
    lines
      .map((line) => [callOf(line, root), line])
      .filter(([{ name, file }]) => !BESIDE.includes(name) && !BESIDE_FILES.includes(file))
      .map(([call, line]) => [key(call), line]),
  )

const merged = (maps) => new Map(maps.flatMap((map) => [...map]))

describe.skipIf(process.platform !== 'linux')('docs/system-calls.md', () => {
  test('has the calls that ours make and the original does not', { timeout: 2 * MINUTE }, async () => {
    const theirs = merged([await traced('original'), await tracedWaiting('original')])
    const ours = merged([
      await traced('root'),
      await tracedWaiting('root'),
      // And how it falls back if they are refused.
      ...(await Promise.all(
        [
          ['link:error=EPERM'],
          ['link:error=ENOENT:when=1'],
          ['link:error=EPERM', 'renameat2:error=EPERM'],
          ['flock:error=EPERM'],
          ['fstatfs:error=EPERM'],
          ['fchmod:error=EPERM'],
          ['fdatasync:error=EPERM'],
          ['getdents64:error=EPERM'],
        ].map((faults) =>
          traced(
            'root',
            faults.map((fault) => fault.replace(/^\w+/, namesOf)),
          ),
        ),
      )),
    ])
    const rows = listed().flatMap(({ names, file }) => names.map((name) => key({ name, file })))

    const unlisted = [...ours].filter(([call]) => !theirs.has(call) && !rows.includes(call))
    expect.soft(Object.fromEntries(unlisted), 'calls without a row').toEqual({})
    expect(
      rows.filter((row) => !ours.has(row)),
      'rows without a call',
    ).toEqual([])
  })
})

// `npx codegraph-journal doctor`: it shows the state of a journal and its lock and what is wrong, and changes nothing.

import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished } from 'vitest'
import { deadPid, stageFile, stageLockfile, stoppedInside } from '../testkit/holder.mjs'
import { ours } from '../testkit/subjects.mjs'
import { HEADER, isReusable, journalDir, journalOf, lockOf, test, tree, writeJournal } from '../testkit/workspace.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))
const { bin, version } = JSON.parse(fs.readFileSync(`${home}/package.json`))
const doctor = `${home}/${bin['codegraph-journal']}`
const linux = describe.skipIf(process.platform !== 'linux')

function run(args, command = []) {
  const [file, ...rest] = [...command, process.execPath, doctor, ...args]
  const { status, stdout, stderr } = spawnSync(file, rest, { encoding: 'utf8' })
  expect(stderr.replace(/^strace: .*\n/gm, '')).toBe('')
  return { status, stdout }
}

/** What it reports, and that it has left everything as it was. */
function examine(root, ...command) {
  const before = tree(root)
  const { status, stdout } = run(['doctor', root, '--json'], command)
  expect(tree(root)).toEqual(before)
  const report = JSON.parse(stdout)
  expect(status).toBe(report.wrong.length > 0 ? 1 : 0)
  return report
}

test('a healthy journal', ({ root }) => {
  ours[0].stamp(root, [{ file: 'a' }, { file: 'b', deleted: true }], 1_700_000_000_000)
  expect(examine(root)).toMatchObject({
    version,
    node: `${process.version}, ${process.platform} ${process.arch}`,
    binary: expect.stringMatching(/codegraph-journal\..*\.node$/),
    journal: {
      path: journalOf(root),
      state: 'valid',
      stamped: new Date(1_700_000_000_000).toISOString(),
      entries: 2,
      bytes: fs.statSync(journalOf(root)).size,
    },
    lock: 'free',
    wrong: [],
  })
})

test('names the project, the directory of its journal, or the current directory', ({ root }) => {
  ours[0].header(root, 5)
  for (const dir of [root, journalDir(root)]) expect(run(['doctor', dir]).stdout).toContain(journalOf(root))
  const { stdout } = spawnSync(process.execPath, [doctor, 'doctor'], { cwd: root, encoding: 'utf8' })
  expect(stdout).toContain(fs.realpathSync(journalOf(root)))
})

test('prints all of it in words, too', ({ root }) => {
  writeJournal(root, 'no journal\n')
  const { status, stdout } = run(['doctor', root])
  expect(status).toBe(1)
  const names = [...stdout.matchAll(/^(\w+): ./gm)].map(([, name]) => name)
  const { wrong, ...facts } = examine(root)
  expect(new Set(names)).toEqual(new Set([...Object.keys(facts).filter((name) => name !== 'leftOver'), 'WRONG']))
  expect(stdout).toContain(`WRONG: ${wrong[0]}\n`)
})

describe('the journal', () => {
  test.for([
    ['never stamped', `${HEADER}0\na\n`, 0],
    ['not valid', 'no journal\n', 1],
    ['not valid', `${HEADER}5\na\0\n`, 1],
    ['not valid', '', 1],
  ])('is %s: %j', ([state, text, wrong], { root }) => {
    writeJournal(root, text)
    const report = examine(root)
    expect(report.journal.state).toMatch(new RegExp(`^${state}`))
    expect(report.wrong).toHaveLength(wrong)
  })

  test('is missing', ({ root }) => {
    fs.mkdirSync(journalDir(root))
    expect(examine(root)).toMatchObject({ journal: { state: expect.stringMatching(/^missing/) }, wrong: [] })
  })

  test('is a directory', ({ root }) => {
    fs.mkdirSync(journalOf(root), { recursive: true })
    expect(examine(root).wrong[0]).toMatch(/^(EISDIR|journal: not valid)/)
  })
})

test('a directory that is missing', ({ root }) => {
  expect(examine(root).wrong).toEqual([expect.stringContaining('ENOENT')])
})

describe.skipIf(process.platform === 'win32')('the lock', () => {
  test('is held for a moment', ({ root }) => {
    stageLockfile(root, process.pid)
    expect(examine(root)).toMatchObject({ holder: { pid: process.pid, state: 'running', native: false }, wrong: [] })
  })

  test('is held for long', ({ root }) => {
    stageLockfile(root, process.pid, 6000)
    expect(examine(root).wrong).toEqual([
      expect.stringMatching(`^lock: process ${process.pid} .* has held it for \\d+\\.`),
    ])
  })

  test('is of a dead process: the next write takes it over', ({ root }) => {
    stageLockfile(root, deadPid(), 60_000)
    const { lock, holder, wrong } = examine(root)
    expect(lock).toMatch(/took it 6\d\.\d s ago, through codegraph's JS module, and is dead/)
    expect([holder.state, wrong]).toEqual(['dead', []])
    ours[0].append(root, [{ file: 'a' }])
    expect(examine(root).lock).toBe('free')
  })

  test('is of a dead process, in a sticky directory: not everybody may remove it', ({ root }) => {
    stageLockfile(root, deadPid(), 60_000)
    fs.chmodSync(journalDir(root), 0o1777)
    expect(examine(root).wrong).toEqual([expect.stringMatching(/is dead.* is sticky: only the users 0\b/)])
  })

  test('is of the future, so that nobody sees it grow old', ({ root }) => {
    stageLockfile(root, process.pid, -60_000)
    expect(examine(root).wrong).toEqual([expect.stringMatching(/^lock: the time of .* is (59|60) s in the future$/)])
  })

  test('is blocked by something else', ({ root }) => {
    stageFile(root, 'x'.repeat(2000))
    expect(examine(root).wrong).toEqual([expect.stringContaining('not a lockfile of codegraph')])
  })
})

linux('a stuck lock', () => {
  test('is mended by what it says: a stopped holder', async ({ root }) => {
    const stopped = await stoppedInside(root, 'root')
    try {
      const { wrong } = examine(root)
      const [, advice] = /continue it \((.*?)\)/.exec(wrong[0])
      expect(spawnSync('sh', ['-c', advice]).status).toBe(0)
      ours[0].append(root, [{ file: 'mended' }])
      expect(fs.readFileSync(journalOf(root), 'utf8')).toContain('\nmended\n')
    } finally {
      await stopped.kill()
    }
  })

  test("reports the directory's kernel lock: who has it, and that it is stopped", async ({ root }) => {
    ours[0].header(root, 5)
    const holder = spawn('flock', [journalDir(root), 'sh', '-c', 'echo; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = new Promise((resolve) => holder.on('exit', resolve))
    onTestFinished(async () => {
      process.kill(holder.pid, 'SIGCONT')
      spawnSync('pkill', ['-P', String(holder.pid)])
      await exited
    })
    await new Promise((resolve) => holder.stdout.once('data', resolve))
    expect(examine(root)).toMatchObject({ holder: { pid: holder.pid, state: 'running' }, wrong: [] })
    process.kill(holder.pid, 'SIGSTOP')
    while (!/^\d+ \(flock\) T/.test(fs.readFileSync(`/proc/${holder.pid}/stat`, 'utf8')));
    expect(examine(root).wrong).toEqual([
      expect.stringMatching(`lock: process ${holder.pid} .* has the kernel lock of the directory, and is stopped`),
    ])
  })
})

test('what is left over', ({ root }) => {
  ours[0].header(root, 5)
  fs.writeFileSync(`${journalOf(root)}.lock.old.tmp`, '')
  fs.writeFileSync(`${journalOf(root)}.tmp`, '')
  const told = examine(root).leftOver.map((each) => each.split(',')[0])
  expect(told).toEqual(expect.arrayContaining(['changes.journal.lock.old.tmp', 'changes.journal.tmp']))
  expect(told).not.toContain('changes.journal')
  expect(told.filter((name) => isReusable(name))).toEqual([])
})

linux('the file system', () => {
  test('by its name', ({ root }) => {
    ours[0].header(root, 5)
    const type = spawnSync('stat', ['-f', '-c', '%T', root], { encoding: 'utf8' }).stdout.trim()
    expect(examine(root).fileSystem.type.slice(0, 3)).toBe(type.slice(0, 3))
  })

  const strace = spawnSync('strace', ['-V']).status === 0
  test.skipIf(!strace).for([
    ['flock', 'ENOLCK', /^weaker here: the directory can.t be locked/],
    ['link,linkat', 'EPERM', /^weaker here: no hard links/],
    ['fsync,fdatasync', 'EINVAL', /^weaker here: files can't be synced/],
    ['flock,fdatasync', 'ENOLCK', /^weaker here: the directory can.t be locked.*; files can't be synced/],
  ])('where %s gives %s', ([calls, error, promises], { root }) => {
    ours[0].header(root, 5)
    const options = ['--follow-forks', '--quiet=all', '--output=/dev/null', `--trace=${calls}`]
    const command = ['strace', ...options, `--inject=${calls}:error=${error}`]
    expect(examine(root, ...command)).toMatchObject({ promises: expect.stringMatching(promises), wrong: [] })
  })

  test.skipIf(!strace)('that can not be written to', ({ root }) => {
    ours[0].header(root, 5)
    const command = ['strace', '--follow-forks', '--quiet=all', '--output=/dev/null', '--inject=mkdir:error=EROFS']
    expect(examine(root, ...command).wrong).toEqual([expect.stringContaining('EROFS')])
  })
})

test.for([[[]], [['heal']], [['doctor', 'a', 'b']], [['doctor', '--help']]])('other arguments: %j', ([args]) => {
  const { status, stderr } = spawnSync(process.execPath, [doctor, ...args], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^usage: codegraph-journal doctor/)])
})

test('where no binary loads', ({ root }) => {
  const { status, stdout } = spawnSync(process.execPath, ['--no-addons', doctor, 'doctor', root], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([1, expect.stringMatching(/^WRONG: codegraph-journal has no binary .* loads here/m)])
})

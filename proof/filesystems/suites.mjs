// The suites, each run on a directory of some file system. Each returns { passed, failed, skipped, wrong }: the last are the names of
// the tests that failed.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { leftOut } from './lacks.mjs'

/** Without hard links each write has the lock for 100 ms, and who comes back for it at once is the first to get it. */
const SLOW = { JOURNAL_TEST_ENTRIES: '112', JOURNAL_TEST_PAUSE_MS: '400', FC_RUNS: '5' }
const FEWER = { JOURNAL_TEST_ENTRIES: '2000', JOURNAL_TEST_READ_MS: '500' }

const onAny = ({ mounts }) => !mounts
const onReal = ({ isReal }) => isReal
const onOthers = ({ isReal }) => !isReal

/** Each is { name, applies(kind), isShort?(kind), run(place) }, a place being { dir, lacks, short, log, signal }. */
export const suites = [
  { name: 'alone', applies: onAny, run: (place) => vitest(place, ['behaviour', 'differences', 'handle', 'property']) },
  { name: 'real', applies: onReal, isShort: onReal, run: (place) => own(place, 'real') },
  {
    name: 'together',
    applies: onAny,
    isShort: onOthers,
    run: (place) => vitest(place, ['processes', 'readers', 'kills']),
  },
  { name: 'storms', applies: onAny, run: storms },
  { name: 'crate', applies: onAny, run: (place) => cargo(place, ['--lib', '--test', 'it']) },
  { name: 'steps', applies: onAny, run: (place) => cargo(place, ['--test', 'steps']) },
  {
    name: 'by age',
    applies: ({ lacks = [] }) => lacks.includes('domain'),
    isShort: onOthers,
    run: (place) => own(place, 'age'),
  },
  { name: 'two ways', applies: ({ mounts }) => mounts, isShort: onOthers, run: (place) => own(place, 'ways') },
]

const own = (place, file) => vitest(place, ['--config', 'proof/filesystems/vitest.config.mjs', file])

async function vitest(place, args) {
  const report = `${place.log}.json`
  const without = leftOut(place.lacks).join('|')
  const pattern = without ? ['-t', `^(?!.*(${without}))`] : []
  const output = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`]
  // Some tests make hundreds of calls: no time is too long for them.
  const timeout = place.lacks.includes('links') ? ['--testTimeout=300000'] : []
  await logged(place, process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...args,
    ...pattern,
    ...timeout,
    ...output,
  ])
  if (!fs.existsSync(report)) return { passed: 0, failed: 1, skipped: 0, wrong: ['vitest itself'] }
  const { numPassedTests, numFailedTests, numPendingTests, success, testResults } = JSON.parse(fs.readFileSync(report))
  const failed = testResults.flatMap((file) => file.assertionResults).filter(({ status }) => status === 'failed')
  const wrong = failed.map(({ fullName }) => fullName)
  if (!success && wrong.length === 0) wrong.push('a file that could not be run')
  return { passed: numPassedTests, failed: Math.max(numFailedTests, wrong.length), skipped: numPendingTests, wrong }
}

async function cargo(place, targets) {
  const without = leftOut(place.lacks).flatMap((name) => ['--skip', name])
  const { code, text } = await logged(place, 'cargo', ['test', '--no-fail-fast', ...targets, '--', ...without])
  const sum = (word) =>
    [...text.matchAll(new RegExp(`^test result: .* (\\d+) ${word}`, 'gm'))].reduce((n, [, m]) => n + Number(m), 0)
  const wrong = [...text.matchAll(/^test (\S+) .*FAILED$/gm)].map(([, name]) => name)
  if (code !== 0 && wrong.length === 0) wrong.push('cargo itself')
  return {
    passed: sum('passed'),
    failed: Math.max(sum('failed'), wrong.length),
    skipped: sum('ignored') + sum('filtered out'),
    wrong,
  }
}

/** One round of each storm. */
async function storms(place) {
  const { code, text } = await logged(place, process.execPath, ['proof/stress/main.mjs', '--rounds', '1'])
  const summary = /(\d+) rounds, .*; (\d+) rounds failed, (\d+) scenarios skipped/.exec(text)
  const [rounds, failed, skipped] = (summary?.slice(1) ?? [0, 0, 0]).map(Number)
  const wrong = [...text.matchAll(/^FAILED: (.*)$/gm)].map(([, what]) => what)
  if (code !== 0 && wrong.length === 0) wrong.push('the storms themselves')
  return { passed: rounds - failed, failed: Math.max(failed, wrong.length), skipped, wrong }
}

/** Runs a program with its temporary files in the place, and its output in the log. */
async function logged({ dir, lacks, short, log, signal }, program, args) {
  const fewer = lacks.includes('links') ? SLOW : short ? FEWER : {}
  const env = { ...process.env, NO_COLOR: '1', ...fewer, TMPDIR: dir, JOURNAL_TEST_DIR: dir }
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const stop = () => process.kill(-child.pid, 'SIGTERM')
  signal.addEventListener('abort', stop)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (text += chunk))
  const [code] = await once(child, 'close')
  signal.removeEventListener('abort', stop)
  fs.writeFileSync(log, text)
  return { code, text }
}

const WRITE_ONCE = `
  const { appendJournalEntries, setWarningHandler } = require('codegraph-journal')
  setWarningHandler(({ message }) => console.log(message.split(': ')[1]))
  try {
    appendJournalEntries(process.argv[1], [{ file: 'a' }])
  } catch ({ code }) {
    console.log(code)
  }`

/** What a writer warns of there, or why it can't write. */
export async function warningOf(dir) {
  const root = fs.mkdtempSync(`${dir}/warning-`)
  const child = spawn(process.execPath, ['-e', WRITE_ONCE, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk))
  await once(child, 'close')
  fs.rmSync(root, { recursive: true })
  return text.trim().replaceAll('\n', '; ') || 'whole'
}

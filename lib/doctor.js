#!/usr/bin/env node
'use strict'
// `npx codegraph-journal doctor [DIR] [--json]`: shows the state of a journal and its lock, and what the file system offers. It changes neither.

const fs = require('node:fs')
const { basename, dirname, join, relative, resolve } = require('node:path')
const { inspect } = require('node:util')

const { version, platform, arch } = process
const report = { version: require('../package.json').version, node: `${version}, ${platform} ${arch}` }
const wrong = [] // what somebody has to do something about

/** The lockfile that native writers use again. It stays between two writes. */
const REUSABLE = /\.lock\.[0-9a-f]{32}-[0-9a-f]+-[0-9a-f]+\.tmp$/

function main([command, ...args]) {
  const [dir = '.', ...others] = args.filter((arg) => arg !== '--json')
  if (command !== 'doctor' || others.length > 0 || dir.startsWith('-')) {
    console.error('usage: codegraph-journal doctor [DIR] [--json], DIR being a project or the directory of its journal')
    process.exit(2)
  }
  trying(() => examine(dir))
  if (args.includes('--json')) console.log(JSON.stringify({ ...report, wrong }, null, 2))
  else
    for (const [name, value] of Object.entries({ ...report, WRONG: wrong }))
      for (const each of [value].flat()) console.log(`${name}: ${inWords(each)}`)
  process.exitCode = wrong.length > 0 ? 1 : 0
}

const inWords = (value) => (typeof value === 'string' ? value : inspect(value, { breakLength: Infinity }))

/** The result of a step. If the step throws, something is wrong. */
function trying(step) {
  try {
    return step()
  } catch ({ message }) {
    wrong.push(message)
  }
}

/** Fills in the report. */
function examine(dir) {
  const { CODEGRAPH_DIR, JOURNAL_FILENAME, LOCK_TIMEOUT_MS } = require('./native.js').native
  const { Journal } = require('../index.js')
  if (process.getuid) report.user = process.getuid()
  report.binary = Object.keys(require.cache).find((file) => file.endsWith('.node'))
  const isIt = basename(resolve(dir)) === CODEGRAPH_DIR || fs.existsSync(join(dir, JOURNAL_FILENAME))
  const journal = isIt ? new Journal(dir) : Journal.forRoot(dir)
  const journalDir = dirname(journal.path)
  const names = fs.readdirSync(journalDir)

  report.journal = { path: journal.path, ...stateOf(journal) }
  const { message, ...holder } = journal.holder() ?? { message: 'free' }
  Object.assign(report, { lock: message }, holder.pid && { holder })
  const { state, ageMs } = holder
  const lockfile = `${journal.path}.lock`
  const { mode, uid } = fs.statSync(journalDir)
  if (state === 'dead' && mode & 0o1000) {
    const users = [...new Set([0, uid, fs.lstatSync(lockfile).uid])].join(', ')
    wrong.push(
      `lock: ${message}. This directory is sticky: only the users ${users} (0 is root) may remove the lockfile`,
    )
  } else if (state === 'dead')
    trying(() => fs.accessSync(journalDir, fs.constants.W_OK)) // the next write takes it over, if it may
  else if (message !== 'free' && (!state || state === 'stopped' || ageMs > LOCK_TIMEOUT_MS))
    wrong.push(`lock: ${message}`)
  const lead = (fs.lstatSync(lockfile, { throwIfNoEntry: false })?.mtimeMs ?? 0) - Date.now()
  if (lead > 1000) wrong.push(`lock: the time of ${lockfile} is ${Math.round(lead / 1000)} s in the future`)
  const isLeft = (name) =>
    name.startsWith(`${JOURNAL_FILENAME}.`) && name !== basename(lockfile) && !REUSABLE.test(name)
  const left = names.filter(isLeft)
  report.leftOver = left.map((name) => `${name}, ${secondsOld(join(journalDir, name))} s old`)
  report.fileSystem = mountOf(journalDir)
  const lacks = triedIn(journalDir, Journal)
  report.promises = lacks ? `weaker here: ${lacks}` : 'all hold here'
}

function stateOf(journal) {
  const stat = fs.lstatSync(journal.path, { throwIfNoEntry: false })
  if (!stat) return { state: 'missing: the next write makes it' }
  const { valid, timestamp, changed, removed } = journal.read()
  const facts = { bytes: stat.size, owner: stat.uid }
  if (valid) return { state: 'valid', stamped: new Date(timestamp), entries: changed.length + removed.length, ...facts }
  const text = trying(() => fs.readFileSync(journal.path, 'latin1'))
  if (/^.* v1 0\n/.test(text)) return { state: 'never stamped: the next build looks at all files', ...facts }
  wrong.push('journal: not valid; the next build looks at all files, and makes it anew')
  return { state: 'not valid', ...facts }
}

const secondsOld = (file) => Math.round((Date.now() - fs.lstatSync(file).mtimeMs) / 1000)

/** The file system, as Linux lists its mounts. */
function mountOf(dir) {
  if (platform !== 'linux') return 'not known'
  const real = fs.realpathSync(dir)
  const lines = fs.readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n')
  const mounts = lines.map((line) => [line.split(' ')[4], line.split(' - ')[1]])
  const within = mounts.filter(([mount]) => !relative(mount, real).startsWith('..'))
  const [mount, what] = within.reduce((a, b) => (b[0].length >= a[0].length ? b : a))
  return { mount, type: what.split(' ')[0] }
}

/** Writes in every way, in a private directory beside the journal. Returns what is unavailable there. */
function triedIn(journalDir, Journal) {
  const tried = trying(() => fs.mkdtempSync(join(journalDir, 'changes.journal.doctor-')))
  if (!tried) return 'nothing can be written'
  const journal = new Journal(tried)
  const lacks = []
  require('./answers.js').setHandler(({ message }) => lacks.push(message.replace(`${journal.path}: `, '')))
  trying(() => {
    journal.reset(5)
    for (const file of ['a', 'b']) journal.appendAndStamp([{ file }], Date.now()) // first anew, then in place
    journal.checkpoint(journal.mark(), Date.now())
    if (journal.read().changed?.length !== 0) throw new Error('file system: it does not give back what was written')
    if (Math.abs(secondsOld(journal.path)) > 10) throw new Error("file system: its clock is not this machine's")
  })
  fs.rmSync(tried, { recursive: true, force: true })
  return lacks.join('; ')
}

main(process.argv.slice(2))

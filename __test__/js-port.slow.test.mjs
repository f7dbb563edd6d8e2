// The simulation plays codegraph's JS module by a port of it (`proof/simulation/js.rs`), and codegraph's Rust engine by another one
// (`engine.rs`). On a real directory they make the same calls in the same order, with the same bytes, files, answers and warnings.

import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { jsClaim, setAge, stageFile } from '../testkit/holder.mjs'
import { HEADER, journalDir, journalOf, lockOf, writeJournal } from '../testkit/place.mjs'
import { NOW, build, compare } from '../testkit/side-by-side.mjs'

const OLD_MS = 31_000
const NOBODY = 65_534
/** Linux gives no process a number above 4,194,304. */
const DEAD = 2 ** 31 - 1
/** Node 24 reads more at a time from the 8,193rd byte on, and asks for the length. */
const READS_OTHERWISE = Number(process.versions.node.split('.')[0]) >= 24

const ENTRIES = ['+src/a.ts', '-src/gone.ts', '+ü\u{1f600}']
const CALLS = {
  append: { operation: 'append', entries: ENTRIES },
  stamp: { operation: 'stamp', entries: ENTRIES },
  header: { operation: 'header' },
  read: { operation: 'read' },
  engine: { operation: 'engine' },
}
const WITHOUT_ENTRIES = { 'append of nothing': { operation: 'append' }, 'stamp of nothing': { operation: 'stamp' } }

const noDir = () => {}
const emptyDir = (root) => fs.mkdirSync(journalDir(root))
const dirAt = (place) => (root) => fs.mkdirSync(place(root), { recursive: true })
const journal = (content) => (root) => writeJournal(root, content)
const lockfile = (content, ageMs) => (root) => stageFile(root, content, ageMs)
const inTurn = (...stages) => (root) => stages.forEach((stage) => stage(root)) // prettier-ignore
const privateOf = (root) => `${journalOf(root)}.tmp`
const OLD = journal(`${HEADER}5\na\n`)

/** What the journal's directory is like before each call. */
const PLACES = {
  'no directory': noDir,
  'no root': (root) => fs.rmdirSync(root),
  'a file in the place of the directory': (root) => fs.writeFileSync(journalDir(root), ''),
  'a file in the place of the root': inTurn(
    (root) => fs.rmdirSync(root),
    (root) => fs.writeFileSync(root, ''),
  ),
  'no journal': emptyDir,
  'an empty journal': journal(''),
  'a header': journal(`${HEADER}${NOW - 1}\n`),
  'a header without its newline': journal(`${HEADER}${NOW - 1}`),
  'a torn tail': journal(`${HEADER}${NOW - 1}\nsrc/b.ts\nDELETED src/to`),
  'lines of all kinds': journal(
    `${HEADER}5\r\na\r\n\n#b\n  c\u0085\nDELETED \nDELETED d\na\nDELETED d\nDELETED  e\n\ufeffg\n`,
  ),
  'bytes that are no UTF-8': journal(Buffer.from(`${HEADER}5\na\xff\xc3(\xe2\x82\n\xf0\x9f\x98`, 'latin1')),
  'a directory in the place of the journal': dirAt(journalOf),
  'a directory in the place of the private journal': dirAt(privateOf),
}

/** When such calls were made, in milliseconds since 1970. */
const times = (calls, pattern) => calls.filter(({ text }) => pattern.test(text)).map(({ at }) => at)

const strace = process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0
const isRoot = process.getuid?.() === 0
if (!strace) console.log('skipped: the ports for the simulation, for there is no strace here')
else if (!isRoot) console.log('skipped: the ports as another user, for this is not root')

describe.skipIf(!strace)('the ports for the simulation', { timeout: 120_000 }, () => {
  beforeAll(build, 300_000)

  for (const [place, stage] of Object.entries(PLACES)) {
    test.for(Object.entries({ ...CALLS, ...WITHOUT_ENTRIES }))(`${place}: %s`, ([, call]) =>
      compare({ ...call, stage }),
    )
  }

  test('headers', async () => {
    const texts = [
      ...['', '1', '0', '-1', '1.5', '1e12', '1e400', '0x10', '0X1f', '0b11', '0o17', '0x', '0xg', '0x+5', '1E3', '+5'],
      ...[
        '.5',
        '5.',
        '.',
        '1_000',
        'Infinity',
        'inf',
        'nan',
        '12abc',
        '\u00a07\ufeff',
        '7\u0085',
        '8 \t',
        '9\r',
        '-0',
        '1e',
        '5 5',
      ],
    ]
    const odd = [
      `${HEADER.trim()}5`,
      `\ufeff${HEADER}5`,
      ` ${HEADER}5`,
      `\n${HEADER}5`,
      'a',
      '# codegraph-journal v2 5',
    ]
    const headers = [...texts.map((text) => HEADER + text), ...odd]
    const stage = (root) => headers.forEach((header, index) => writeJournal(`${root}/${index}`, `${header}\na`))
    const { answer } = await compare({ operation: 'read', entries: headers.map((_, index) => `+${index}`), stage })
    expect(answer.match(/^(in)?valid/gm).length).toBe(headers.length)
  })

  describe('a lockfile that is taken over:', () => {
    const stale = [
      ['of a dead process', jsClaim(DEAD)],
      ['empty', ''],
      ['of no number', 'nobody\n'],
      ['of a pid that is not whole', '1.5\n'],
      ['of a pid too large', `${2 ** 31}\n`],
      ['of a pid below 0', '-1\n'],
      ['of a pid in hexadecimal digits', '0x7fffffff\n'],
      ['30 s old', jsClaim(process.pid), OLD_MS],
      ['30 s old, its pid among blanks', ` \t${process.pid}\r\n`, OLD_MS],
    ]
    for (const name of ['append', 'stamp', 'header']) {
      test.for(stale)(`%s, ${name}`, async ([, content, ageMs]) => {
        const { calls } = await compare({ ...CALLS[name], stage: lockfile(content, ageMs) })
        expect(calls.some((text) => /^rename\(.*NONCE.*lock"\) = 0/.test(text))).toBe(true)
      })
    }

    test('by another one too', async () => {
      const faults = () => ({ inject: ['rename:retval=0:when=1'] })
      const { calls } = await compare({ ...CALLS.append, stage: lockfile(jsClaim(DEAD)), faults })
      expect(calls.filter((text) => text.startsWith('rename(')).length).toBe(2)
    })

    test.for(['EACCES', 'EPERM', 'ESRCH'])('30 s old, and its pid answers %s', (error) => {
      const faults = () => ({ inject: [`kill:error=${error}`] })
      return compare({ ...CALLS.append, stage: lockfile(jsClaim(1), OLD_MS), faults })
    })

    test('once it is 30 s old', async () => {
      const mtime = Date.now() - 27_000
      const stage = inTurn(lockfile(jsClaim(process.pid)), (root) => {
        fs.utimesSync(lockOf(root), mtime / 1000, mtime / 1000)
      })
      const { both } = await compare({ ...CALLS.append, stage })
      for (const { raw } of both) {
        expect(times(raw, /^openat\(.*tmp"/)[0]).toBeGreaterThan(mtime + 30_000)
        expect(times(raw, /^statx\(.*lock"/).at(-2)).toBeLessThan(mtime + 30_020)
      }
    })
  })

  describe('a lockfile that is waited for:', () => {
    test.for([
      ['of a living process', lockfile(jsClaim(process.pid))],
      ['from the future', lockfile(jsClaim(process.pid), -OLD_MS)],
      ['a directory', dirAt(lockOf)],
      ['a directory of 30 s ago', inTurn(dirAt(lockOf), (root) => setAge(lockOf(root), OLD_MS))],
    ])('%s', ([, stage]) => compare({ ...CALLS.append, stage, tries: 3 }))

    test('gone before it is looked at', async () => {
      const faults = (root) => ({ inject: ['openat:error=EEXIST:when=1'], paths: [lockOf(root)] })
      const { calls } = await compare({ ...CALLS.append, stage: emptyDir, faults })
      expect(calls).toContain('stat("ROOT/.codegraph/changes.journal.lock") = -1 ENOENT (No such file or directory)')
    })

    test('for 5 s, and every 25 ms', async () => {
      const { answer, both } = await compare({ ...CALLS.append, stage: lockfile(jsClaim(process.pid)) })
      expect(answer).toBe('threw timeout\n')
      for (const { raw, ended } of both) {
        const tries = times(raw, /O_EXCL/)
        const shortest = Math.min(...tries.slice(1).map((time, index) => time - tries[index]))
        expect(shortest).toBeGreaterThanOrEqual(25)
        expect(shortest).toBeLessThan(30)
        expect(ended - times(raw, /^mkdir/)[0]).toBeGreaterThan(5_000)
        // Less than one more try later: strace's clock is not the one that was read, and a process can be descheduled in between.
        expect(times(raw, /^statx\(.*lock"/).at(-2) - tries[0]).toBeLessThan(5_020)
      }
    })
  })

  // The FIFO holds the writer inside until somebody comes to its other end.
  test.for([
    ['append', 'r'],
    ['stamp', 'w'],
  ])('another lockfile while it is inside: %s', async ([name, flags]) => {
    const stage = inTurn(emptyDir, (root) => execFileSync('mkfifo', [journalOf(root)]))
    const during = async (root, until) => {
      await until(1, /^write\(.*lock>/)
      const others = path.join(root, 'others')
      fs.writeFileSync(others, jsClaim(process.pid))
      fs.renameSync(others, lockOf(root))
      if (flags === 'r') await fs.promises.readFile(journalOf(root))
      else await fs.promises.writeFile(journalOf(root), `${HEADER}5\na`)
    }
    const { left } = await compare({ ...CALLS[name], stage, during })
    expect(left).toContainEqual(['project/.codegraph/changes.journal.lock', jsClaim(process.pid)])
  })

  test('what is swept', async () => {
    const named = (root, name) => `${journalDir(root)}/changes.journal${name}`
    const stage = inTurn(emptyDir, (root) => {
      const old = [
        '.lock.b.tmp',
        '.lock.tmp',
        '.lock.a.tmp',
        '.lock.Z.tmp',
        '.lock.kept',
        '.tmp',
        '.lock.TMP',
        '.lockx.tmp',
      ]
      for (const name of old) fs.writeFileSync(named(root, name), '')
      fs.mkdirSync(named(root, '.lock.dir.tmp'))
      for (const name of [...old, '.lock.dir.tmp']) setAge(named(root, name), OLD_MS)
      fs.symlinkSync('changes.journal.tmp', named(root, '.lock.link.tmp'))
      for (const name of ['.lock.new.tmp', '.lock.young.tmp']) fs.writeFileSync(named(root, name), '')
      setAge(named(root, '.lock.young.tmp'), 15_000)
    })
    const { calls } = await compare({ ...CALLS.append, stage })
    expect(calls.filter((text) => /^unlink\(.*tmp"/.test(text)).length).toBe(4)
  })

  describe('a limit to the size of files', () => {
    const stage = journal(`${HEADER}5\n${'x'.repeat(980)}\n`)
    test.for(Object.entries(CALLS))('that cuts the journal: %s', ([, call]) => compare({ ...call, stage, blocks: 2 }))
    test.for([
      ['a new one', stage],
      ['the one of a take-over', lockfile(jsClaim(DEAD))],
    ])('that cuts the claim: %s', ([, before]) => compare({ ...CALLS.append, stage: before, blocks: 0, tries: 2 }))
  })

  test.for(['read', 'stamp'])('a journal of 70,000 bytes: %s', (name) => {
    const stage = journal(`${HEADER}5\n${'0123456789abcdef\n'.repeat(4117)}`)
    return compare({ ...CALLS[name], stage, without: READS_OTHERWISE ? /^(read|statx)\(\d+</ : undefined })
  })

  describe.skipIf(!isRoot)('another user', () => {
    const secret = (place) => (root) => fs.chmodSync(place(root), 0o600)
    const mode = (bits) => (root) => fs.chmodSync(journalDir(root), bits)
    const dead = lockfile(jsClaim(DEAD))
    for (const [place, stage] of [
      ['a root that is not theirs', noDir],
      ['a directory that is not theirs', inTurn(OLD, mode(0o755))],
      ['a directory that they may not enter', inTurn(OLD, mode(0o700))],
      ['a directory that they may not list', inTurn(OLD, mode(0o733))],
      ['a journal that they may not write', inTurn(OLD, mode(0o777))],
      ['a journal that they may not read', inTurn(OLD, secret(journalOf), mode(0o777))],
      ['an old lockfile that they may not read', inTurn(lockfile('', OLD_MS), secret(lockOf), mode(0o777))],
      ['an old lockfile of a process that they may not signal', inTurn(lockfile(jsClaim(1), OLD_MS), mode(0o777))],
      ['a sticky directory', inTurn(OLD, mode(0o1777))],
    ]) {
      test.for(Object.entries(CALLS))(`${place}: %s`, ([, call]) => compare({ ...call, stage, uid: NOBODY }))
    }
    test('a dead lockfile in a sticky directory', () =>
      compare({ ...CALLS.append, stage: inTurn(dead, mode(0o1777)), uid: NOBODY, tries: 3 }))
  })

  test('a write that fails, and its close', async () => {
    const faults = (root) => ({ paths: [privateOf(root)], inject: ['write:error=ENOSPC', 'close:error=EIO'] })
    const { answer } = await compare({ ...CALLS.stamp, stage: OLD, faults })
    expect(answer).toContain(`warned close ${os.constants.errno.EIO}`)
  })

  // Each call of an append that takes over a dead lockfile and makes the journal fails once; of the others those on the journal do. The first
  // of a kind fails by each error, the others by one, or with JOURNAL_TEST_ALL_STEPS=1 by each too.
  test.for([
    ['append', lockfile(jsClaim(DEAD)), [path.dirname, journalDir, journalOf, lockOf]],
    ['stamp', OLD, [journalOf, privateOf]],
    ['header', noDir, [journalOf, privateOf]],
    ['read', OLD, [journalOf]],
    ['engine', noDir, [journalDir, journalOf, privateOf]],
  ])('each call fails: %s', { timeout: 600_000 }, async ([name, stage, places]) => {
    const situation = { ...CALLS[name], stage }
    const faults = (root, inject) => ({ paths: places.map((place) => place(root)), inject })
    const { both } = await compare({ ...situation, faults })
    const counts = {}
    for (const [index, { text }] of both[0].raw.entries()) {
      const [, call] = /^(\w+)\(/.exec(text)
      counts[call] = (counts[call] ?? 0) + 1
      const when = counts[call] + (call === 'access' ? 1 : 0) // one marks the beginning
      const errors = ['error=EIO', 'error=EINTR', ...(call === 'write' ? ['error=ENOSPC', 'retval=3'] : [])]
      const all = process.env.JOURNAL_TEST_ALL_STEPS || counts[call] === 1 || call === 'write'
      for (const error of all ? errors : [errors[index % 2]]) {
        const inject = [`${call}:${error}:when=${when}`]
        await compare({ ...situation, faults: (root) => faults(root, inject) })
      }
    }
  })
})

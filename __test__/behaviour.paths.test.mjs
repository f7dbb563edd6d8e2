// How the first argument becomes a path: as Node's `path.join` makes it one, whatever dialect.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect } from 'vitest'
import { all, load, original, ours } from '../testkit/subjects.mjs'
import { HEADER, journalOf, lockOf, test, tree } from '../testkit/workspace.mjs'

const HERE = fs.realpathSync('.')

// A form of the directory `project` below `root`.
const absolute = {
  plain: (root) => `${root}/project`,
  'trailing slash': (root) => `${root}/project/`,
  'trailing slashes': (root) => `${root}/project///`,
  'doubled slashes': (root) => `${root}//project`,
  'a dot': (root) => `${root}/./project/.`,
  'a parent that exists': (root) => `${root}/project/../project`,
  'a parent that does not exist': (root) => `${root}/missing/../project`,
  // On Windows such a path is on the current drive.
  ...(process.platform !== 'win32' && { 'more parents than there are': (root) => `/../../..${root}/project` }),
  'a parent of a symbolic link': (root) => `${root}/link/../project`,
}

const relative = {
  plain: 'project',
  'with a dot': './project',
  'with a parent': 'missing/../project',
  'with a trailing slash': 'project/',
}

const names = ['ü', '日本 語', '👩‍👩‍👧', 'a b', "it's", '#', 'e\u0301', '\u0085', '..x', '-', '~', '%41']
if (process.platform !== 'win32') names.push('\\')

describe.each(all)('paths, $name', (journal) => {
  /** Calls every function with this form, and expects all of them to have meant `target`. */
  function expectJournalIn(target, form) {
    journal.append(form, [{ file: 'a' }])
    journal.stamp(form, [{ file: 'b' }], 5)
    expect(fs.readFileSync(journalOf(target), 'utf8')).toBe(`${HEADER}5\na\nb\n`)
    expect(journal.read(form)).toStrictEqual({
      valid: true,
      timestamp: 5,
      changed: ['a', 'b'],
      removed: [],
    })
    journal.header(form, 6)
    expect(fs.readFileSync(journalOf(target), 'utf8')).toBe(`${HEADER}6\n`)
    expect(fs.existsSync(lockOf(target))).toBe(false)
  }

  test.for(Object.entries(absolute))('absolute, %s', ([, form], { root }) => {
    fs.mkdirSync(`${root}/away/inside`, { recursive: true })
    fs.symlinkSync(`${root}/away/inside`, `${root}/link`)
    expectJournalIn(`${root}/project`, form(root))
    // Nothing was made on the way: not `missing`, nor anything behind the link.
    expect(fs.readdirSync(root).sort()).toEqual(['away', 'link', 'project'])
    expect(fs.readdirSync(`${root}/away`)).toEqual(['inside'])
  })

  test.for(Object.entries(relative))('relative, %s', ([, form], { root }) => {
    process.chdir(root)
    try {
      expectJournalIn(`${root}/project`, form)
      expect(fs.readdirSync(root)).toEqual(['project'])
    } finally {
      process.chdir(HERE)
    }
  })

  test('the empty string is the current directory', ({ root }) => {
    process.chdir(root)
    try {
      journal.api.writeJournalHeader('', 5)
      const dir = journal.name === 'dir' ? root : `${root}/.codegraph`
      expect(fs.readFileSync(`${dir}/changes.journal`, 'utf8')).toBe(`${HEADER}5\n`)
      expect(journal.api.readJournal('').valid).toBe(true)
    } finally {
      process.chdir(HERE)
    }
  })

  test.for(names)('a directory named %j', (name, { root }) => {
    expectJournalIn(path.join(root, name), `${root}/${name}`)
    expect(fs.readdirSync(root)).toEqual([name])
  })

  test('a name with a lone surrogate', ({ root }) => {
    expectJournalIn(`${root}/a\ufffdb`, `${root}/a\ud800b`)
  })

  test('a directory behind symbolic links', ({ root }) => {
    fs.mkdirSync(`${root}/real`)
    fs.mkdirSync(`${root}/store`)
    fs.symlinkSync('real', `${root}/project`)
    fs.symlinkSync('../store', `${root}/real/.codegraph`)
    expectJournalIn(`${root}/real`, `${root}/project`)
    expect(fs.readdirSync(`${root}/store`)).toContain('changes.journal')
  })

  test('the directory may be anywhere, the current one too', ({ root }) => {
    fs.mkdirSync(`${root}/sub`)
    process.chdir(`${root}/sub`)
    try {
      expectJournalIn(root, '..')
    } finally {
      process.chdir(HERE)
    }
  })
})

test('`codegraph-journal/dir` makes no .codegraph of its own', async ({ root }) => {
  const { api } = await load('dir')
  api.appendJournalEntries(root, [{ file: 'a' }])
  api.appendJournalEntriesAndStampHeader(root, [{ file: 'a' }], 5)
  expect(api.readJournal(root).changed).toEqual(['a'])
  api.writeJournalHeader(root, 6)
  expect(Object.keys(tree(root))).toEqual(['changes.journal'])
})

describe.skipIf(process.platform !== 'linux')('a path of nearly PATH_MAX bytes', () => {
  const PATH_MAX = 4096
  const LONGEST = PATH_MAX - '/.codegraph\0'.length

  /** A relative path of this length, with the directory `.codegraph` at its end. */
  function deep(length) {
    const names = Array.from({ length: Math.ceil(length / 200) }, () => 'd'.repeat(199))
    const form = names.join('/').slice(0, length).replace(/\/$/, 'd')
    fs.mkdirSync(`${form}/.codegraph`, { recursive: true })
    return form
  }

  /** From inside, for an absolute path would be too long. */
  function within(root, act) {
    process.chdir(root)
    try {
      return act()
    } finally {
      process.chdir(HERE)
      execFileSync('rm', ['-r', '--', ...fs.readdirSync(root)], { cwd: root })
    }
  }

  test('is too long for the original', ({ root }) => {
    const write = () => original.append(deep(LONGEST), [{ file: 'a' }])
    expect(() => within(root, write)).toThrow('ENAMETOOLONG')
  })

  test.for([LONGEST - 1, LONGEST])('is written to and read by ours: a root of %i bytes', (length, { root }) => {
    const [journal] = ours
    const text = within(root, () => {
      const form = deep(length)
      journal.append(form, [{ file: 'a' }])
      journal.stamp(form, [{ file: 'b' }], 5)
      expect(journal.read(form).changed).toEqual(['a', 'b'])
      process.chdir(form)
      return fs.readFileSync('.codegraph/changes.journal', 'utf8')
    })
    expect(text).toBe(`${HEADER}5\na\nb\n`)
  })
})

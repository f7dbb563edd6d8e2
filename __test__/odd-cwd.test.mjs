// Relative roots where Node doesn't know the current directory's name: the journal is the project's own all the same.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { test } from '../testkit/workspace.mjs'

const index = fileURLToPath(new URL('../index.js', import.meta.url))
const isPython = spawnSync('python3', ['--version']).status === 0
if (!isPython) console.log('skipped: current directories with odd names, because there is no python3 here')

// Each goes to a directory below the root, and there runs Node.
const places = {
  'is not UTF-8': `os.mkdir(b'caf\\xe9'); os.chdir(b'caf\\xe9')`,
  'is longer than a path can be': `[(os.mkdir('x' * 200), os.chdir('x' * 200)) for _ in range(25)]`,
}

describe.skipIf(!isPython || process.platform !== 'linux').each(Object.entries(places))(
  'a current directory whose name %s',
  (_, go) => {
    test('every call writes into it, and not beside it', ({ root }) => {
      const source = `
      const { Journal, ...api } = require(${JSON.stringify(index)})
      const journal = Journal.forRoot('.')
      api.appendJournalEntries('.', [{ file: 'sync' }])
      journal.append([{ file: 'class' }])
      api.appendJournalEntriesAsync('', [{ file: 'async' }])
        .then(() => journal.appendAndStampAsync([{ file: 'class, async' }], 5))
        .then(() => console.log(JSON.stringify(api.readJournal('.').changed)))`
      const script = `import os; os.chdir(${JSON.stringify(root)}); ${go}; os.execv(${JSON.stringify(process.execPath)}, ['node', '-e', ${JSON.stringify(source)}])`
      const { stdout, stderr } = spawnSync('python3', ['-c', script], { encoding: 'utf8' })
      expect({ stdout, stderr }).toEqual({ stdout: '["sync","class","async","class, async"]\n', stderr: '' })
      expect(fs.readdirSync(root)).toHaveLength(1)
      spawnSync('rm', ['-rf', ...fs.readdirSync(root)], { cwd: root }) // Node can't remove what has so long a path
    })
  },
)

test.skipIf(!isPython || process.platform !== 'linux')(
  'an asynchronous call means the directory at the call, not at its turn',
  ({ root }) => {
    const source = `
    const { appendJournalEntriesAsync } = require(${JSON.stringify(index)})
    const calls = ['a', 'b'].map((file) => appendJournalEntriesAsync('.', [{ file }]))
    process.chdir('/')
    Promise.all(calls).then(() => console.log('done'))`
    const script = `import os; os.chdir(${JSON.stringify(root)}); ${places['is not UTF-8']}; os.execv(${JSON.stringify(process.execPath)}, ['node', '-e', ${JSON.stringify(source)}])`
    expect(spawnSync('python3', ['-c', script], { encoding: 'utf8' })).toMatchObject({ stdout: 'done\n', stderr: '' })
    const [name] = fs.readdirSync(root, { encoding: 'buffer' })
    const journal = Buffer.concat([Buffer.from(`${root}/`), name, Buffer.from('/.codegraph/changes.journal')])
    expect(fs.readFileSync(journal, 'utf8')).toContain('a\nb\n')
  },
)

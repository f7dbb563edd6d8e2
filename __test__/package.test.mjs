// The package as its users meet it: names, both module systems, and no binary but its own.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { functions } from '../testkit/declared.mjs'
import { test } from '../testkit/workspace.mjs'

const require = createRequire(import.meta.url)
const home = fileURLToPath(new URL('..', import.meta.url))
const { exports, files } = JSON.parse(fs.readFileSync(`${home}/package.json`))

const NAMES = ['JOURNAL_FILENAME', 'Journal', ...functions]
const ENTRY_POINTS = { 'codegraph-journal': 'index.js', 'codegraph-journal/dir': 'dir.js' }

/** Runs a module's source in plain Node, outside of vitest, and returns what it prints. */
function node(source, env = {}) {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: home,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
}

describe.each(Object.keys(ENTRY_POINTS))('%s', (entryPoint) => {
  test('exports these names and no others', () => {
    const required = require(entryPoint)
    expect(Object.keys(required).sort()).toEqual([...NAMES].sort())
    expect(required.JOURNAL_FILENAME).toBe('changes.journal')
    for (const name of functions) expect(required[name]).toBeTypeOf('function')
    expect(required.Journal).toBeTypeOf('function')
  })

  test('gives the same by name to plain ESM', () => {
    const printed = node(`
      import { createRequire } from 'node:module'
      import assert from 'node:assert/strict'
      import { ${NAMES.join(', ')} } from '${entryPoint}'
      const required = createRequire(import.meta.url)('${entryPoint}')
      assert.deepEqual({ ${NAMES.join(', ')} }, { ...required })
      process.stdout.write('same')
    `)
    expect(printed).toBe('same')
  })
})

test('the two dialects are not the same functions', () => {
  const [root, dir] = [require('codegraph-journal'), require('codegraph-journal/dir')]
  for (const name of functions) expect(root[name]).not.toBe(dir[name])
  expect(root.Journal).toBe(dir.Journal)
})

// codegraph's own engine is loaded by that variable, and so would be any other addon's stock loader.
test('NAPI_RS_NATIVE_LIBRARY_PATH names nothing of ours', ({ root }) => {
  const bogus = `${root}/engine.node`
  fs.writeFileSync(bogus, 'no library')
  for (const path of [bogus, `${root}/missing.node`]) {
    const printed = node(
      `
        import { readJournal, writeJournalHeader } from 'codegraph-journal'
        writeJournalHeader(${JSON.stringify(root)}, 5)
        process.stdout.write(String(readJournal(${JSON.stringify(root)}).timestamp))
      `,
      { NAPI_RS_NATIVE_LIBRARY_PATH: path },
    )
    expect(printed).toBe('5')
  }
})

test('npm packs what the entry points need', () => {
  const needed = Object.values(exports).flatMap((target) => (typeof target === 'string' ? [] : Object.values(target)))
  expect(files).toEqual(expect.arrayContaining(needed.map((path) => path.replace('./', ''))))
  for (const file of files) expect(fs.existsSync(`${home}/${file}`), file).toBe(true)
})

test('what npm packs is all they need, besides the binary', ({ root }) => {
  const binaries = fs.readdirSync(home).filter((name) => name.endsWith('.node'))
  for (const name of [...files, 'package.json', ...binaries])
    fs.cpSync(`${home}/${name}`, `${root}/${name}`, { recursive: true })
  for (const entryPoint of Object.values(ENTRY_POINTS)) {
    // In a process of its own: on Windows a binary that is loaded can't be removed.
    const load = `createRequire(import.meta.url)(${JSON.stringify(`${root}/${entryPoint}`)})`
    const told = node(`import { createRequire } from 'node:module'; console.log(Object.keys(${load}).sort().join())`)
    expect(told.trim()).toBe([...NAMES].sort().join())
  }
})

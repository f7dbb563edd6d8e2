// `npm test` and `npm run test:slow` together run every test, and none twice but the property tests, which have more runs in the second.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const home = fileURLToPath(new URL('..', import.meta.url))
const read = (name) => fs.readFileSync(path.join(home, name), 'utf8')
const { scripts } = JSON.parse(read('package.json'))
const TIERS = [scripts.test, scripts['test:slow']]

/** The test files of a script's `vitest run …`, as vitest itself chooses them. */
function filesOf(script) {
  const [, args] = /\bvitest run\b([^&]*)/.exec(script)
  const list = ['node_modules/vitest/vitest.mjs', 'list', ...args.trim().split(/\s+/), '--filesOnly', '--json']
  const listed = JSON.parse(execFileSync(process.execPath, list, { cwd: home, encoding: 'utf8' }))
  return listed.map(({ file }) => path.relative(path.join(home, '__test__'), file))
}

const packagesOf = (script) => Array.from(script.matchAll(/--package (\S+)/g), ([, name]) => name)

test('every file of __test__', () => {
  const all = fs.readdirSync(path.join(home, '__test__'), { recursive: true })
  const expected = [...all.filter((name) => name.endsWith('.test.mjs')), 'property.test.mjs']
  expect(TIERS.flatMap(filesOf).sort()).toEqual(expected.sort())
})

test('every crate that `cargo test` runs', () => {
  const metadata = ['metadata', '--no-deps', '--offline', '--format-version', '1']
  const { packages, workspace_default_members: members } = JSON.parse(
    execFileSync('cargo', metadata, { cwd: home, encoding: 'utf8', maxBuffer: 1 << 26 }),
  )
  const names = packages.filter(({ id }) => members.includes(id)).map(({ name }) => name)
  expect(TIERS.flatMap(packagesOf).sort()).toEqual(names.sort())
})

test('test:all and the gate run both', () => {
  const gate = read('.ci/run').split('\n')
  for (const command of ['npm test', 'npm run test:slow']) {
    expect(scripts['test:all']).toContain(command)
    expect(gate.filter((line) => line.startsWith('check ') && line.endsWith(`' ${command}`))).toHaveLength(1)
  }
})

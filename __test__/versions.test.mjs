// The crate, the npm packages, the lockfiles and the changelog have one version.

import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { faults } from '../release/versions.mjs'
import { test } from '../testkit/workspace.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(fs.readFileSync(`${home}/package.json`))
const FILES = ['package.json', 'package-lock.json', 'Cargo.toml', 'Cargo.lock', 'CHANGELOG.md', 'npm']

/** A copy of what carries the version, with `change` made to the text of one file. */
function copy(root, file, change) {
  const wanted = (name) => fs.statSync(name).isDirectory() || !name.endsWith('.node')
  for (const name of FILES) fs.cpSync(`${home}/${name}`, `${root}/${name}`, { recursive: true, filter: wanted })
  const full = path.join(root, file)
  fs.writeFileSync(full, change(fs.readFileSync(full, 'utf8')))
}

test('all that carries the version is in step', () => expect(faults()).toEqual([]))

const bump = (text) => text.replace(`"${version}"`, '"99.0.0"')
test.for([
  ['package.json', bump],
  ['package-lock.json', bump],
  ['Cargo.toml', bump],
  ['Cargo.lock', (text) => text.replace(/("codegraph-journal"\nversion = ).*/, '$1"99.0.0"')],
  ['npm/linux-x64-gnu/package.json', bump],
  ['CHANGELOG.md', (text) => text.replace(/^## /m, '## 99.0.0\n\n## ')],
])('a version of its own in %s is noticed', ([file, change], { root }) => {
  copy(root, file, change)
  expect(faults(undefined, root).join('\n')).toContain('99.0.0')
})

test('a release wants its tag, its heading and the repository', ({ root }) => {
  copy(root, 'CHANGELOG.md', (text) => text.replace(/^## /m, '## Unreleased\n\n## '))
  const manifest = { ...JSON.parse(fs.readFileSync(`${root}/package.json`)), repository: undefined }
  fs.writeFileSync(`${root}/package.json`, JSON.stringify(manifest))
  const found = faults('v99.0.0', root)
  expect(found).toContain(`package.json: ${version}, but the tag is v99.0.0`)
  expect(found).toContain(`CHANGELOG.md: Unreleased is on top, not ${version}`)
  expect(found).toContain('package.json: no repository, without which npm takes no provenance')
})

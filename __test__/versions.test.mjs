// The crates, the npm packages, the lockfiles and the changelog have one version, and one place says where the project lives.

import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { fill } from '../release/repository.mjs'
import { faults } from '../release/versions.mjs'
import { test } from '../testkit/workspace.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(fs.readFileSync(`${home}/package.json`))
const FILES = ['package.json', 'package-lock.json', 'Cargo.lock', 'CHANGELOG.md', 'npm']
const CRATES = ['Cargo.toml', 'core/Cargo.toml', 'examples/napi-host/Cargo.toml', 'proof/Cargo.toml']

/** A copy of what carries the version. */
function copy(root) {
  const wanted = (name) => fs.statSync(name).isDirectory() || !name.endsWith('.node')
  for (const name of [...FILES, ...CRATES])
    fs.cpSync(`${home}/${name}`, `${root}/${name}`, { recursive: true, filter: wanted })
}

/** Changes the text of one file of the copy. */
function edit(root, file, change) {
  const full = path.join(root, file)
  const text = fs.readFileSync(full, 'utf8')
  const changed = change(text)
  expect(changed).not.toBe(text)
  fs.writeFileSync(full, changed)
}

const withRepository = (repository) => (text) => JSON.stringify({ ...JSON.parse(text), repository }, undefined, 2)

test('all that carries the version is in step', () => expect(faults()).toEqual([]))

const bump = (text) => text.replace(`"${version}"`, '"99.0.0"')
const bumpCrate = (name) => (text) =>
  text.replace(`name = "${name}"\nversion = "${version}"`, `name = "${name}"\nversion = "99.0.0"`)
test.for([
  ['package.json', bump],
  ['package-lock.json', bump],
  ['Cargo.toml', bump],
  ['Cargo.lock', bumpCrate('codegraph-journal')],
  ['Cargo.lock', bumpCrate('codegraph-journal-node')],
  ['Cargo.lock', bumpCrate('codegraph-journal-proof')],
  ['Cargo.lock', bumpCrate('napi-host')],
  ['npm/linux-x64-gnu/package.json', bump],
  ['CHANGELOG.md', (text) => text.replace(/^## /m, '## 99.0.0\n\n## ')],
])('a version of its own in %s is noticed', ([file, change], { root }) => {
  copy(root)
  edit(root, file, change)
  expect(faults(undefined, root).join('\n')).toContain('99.0.0')
})

test.for(CRATES)('a version of its own in the package of %s is noticed', (file, { root }) => {
  copy(root)
  edit(root, file, (text) => text.replace('version.workspace = true', `version = "${version}"`))
  expect(faults(undefined, root)).toEqual([`${file}: its version is not the workspace's`])
})

test('a release wants its tag and its heading', ({ root }) => {
  copy(root)
  edit(root, 'CHANGELOG.md', (text) => text.replace(/^## /m, '## Unreleased\n\n## '))
  const found = faults('v99.0.0', root)
  expect(found).toContain(`package.json: ${version}, but the tag is v99.0.0`)
  expect(found).toContain(`CHANGELOG.md: Unreleased is on top, not ${version}`)
})

describe('the repository', () => {
  const REPOSITORY = { type: 'git', url: 'git+https://github.com/owner/name.git' }
  const PAGE = 'https://github.com/owner/name'
  const about = (found) => found.filter((fault) => /repository/.test(fault))

  test('must be filled in before a release', ({ root }) => {
    copy(root)
    edit(root, 'package.json', (text) => withRepository('')(text))
    expect(about(faults(undefined, root))).toEqual([])
    expect(about(faults(`v${version}`, root))).toEqual([
      expect.stringMatching(/^package\.json: repository is empty: fill in \{.*\}, run node release\/repository\.mjs$/),
    ])
  })

  test.for(['https://github.com/owner/name', { url: 'https://github.com/owner/name' }, { type: 'git' }])(
    'as %j is refused',
    (repository, { root }) => {
      copy(root)
      edit(root, 'package.json', withRepository(repository))
      expect(about(faults(undefined, root))).toEqual([expect.stringContaining('is not of the form')])
      expect(() => fill(root)).toThrow('package.json: repository must be')
    },
  )

  test('is filled in everywhere from package.json', ({ root }) => {
    copy(root)
    edit(root, 'package.json', withRepository(REPOSITORY))
    const before = faults(undefined, root).join('\n')
    for (const place of ['package.json: homepage', 'package.json: bugs', 'Cargo.toml: repository']) {
      expect(before).toContain(place)
    }
    expect(before).toContain('npm/linux-x64-gnu/package.json: repository')

    fill(root)
    expect(faults(undefined, root)).toEqual([])
    expect(about(faults(`v${version}`, root))).toEqual([])
    const main = JSON.parse(fs.readFileSync(`${root}/package.json`))
    expect(main).toMatchObject({ repository: REPOSITORY, homepage: `${PAGE}#readme`, bugs: `${PAGE}/issues` })
    expect(fs.readFileSync(`${root}/Cargo.toml`, 'utf8')).toContain(`\nrepository = "${PAGE}"\n`)
    const { repository, homepage, bugs } = JSON.parse(fs.readFileSync(`${root}/npm/win32-x64-msvc/package.json`))
    expect({ repository, homepage, bugs }).toEqual({
      repository: REPOSITORY,
      homepage: `${PAGE}#readme`,
      bugs: `${PAGE}/issues`,
    })
  })
})

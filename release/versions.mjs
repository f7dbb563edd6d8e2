// What must be in step: the version, which crates, npm packages, lockfiles and the changelog carry, and where the project lives.
//
//   node release/versions.mjs          are they in step?
//   node release/versions.mjs v1.2.3   and ready to be released under that tag?

import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { EXPECTED, repositoryFaults } from './repository.mjs'

const project = fileURLToPath(new URL('..', import.meta.url))

/** Our own crates: each takes its version from the workspace, and has a line in Cargo.lock. */
const CRATES = {
  'codegraph-journal': 'core/Cargo.toml',
  'codegraph-journal-node': 'Cargo.toml',
  'codegraph-journal-proof': 'proof/Cargo.toml',
  'napi-host': 'examples/napi-host/Cargo.toml',
}

/** What is out of step in `root`, a line each; with `tag`, also what is in the way of releasing under it. */
export function faults(tag, root = project) {
  const read = (name) => fs.readFileSync(path.join(root, name), 'utf8')
  const json = (name) => JSON.parse(read(name))
  const main = json('package.json')
  const lock = json('package-lock.json')
  const platforms = fs.readdirSync(path.join(root, 'npm')).map((name) => `npm/${name}/package.json`)
  const headings = [...read('CHANGELOG.md').matchAll(/^## (\S+)/gm)].map(([, heading]) => heading)
  const [released = main.version] = headings.filter((heading) => heading !== 'Unreleased')
  const locked = (crate) => read('Cargo.lock').match(new RegExp(`^name = "${crate}"\nversion = "(.*)"$`, 'm'))?.[1]

  const carried = {
    'Cargo.toml': read('Cargo.toml').match(/^version = "(.*)"$/m)?.[1],
    ...Object.fromEntries(Object.keys(CRATES).map((crate) => [`Cargo.lock, ${crate}`, locked(crate)])),
    'package-lock.json': lock.version,
    'package-lock.json, of the root': lock.packages[''].version,
    'CHANGELOG.md, the last release': released,
    ...Object.fromEntries(platforms.map((name) => [name, json(name).version])),
  }
  const found = Object.entries(carried)
    .filter(([, version]) => version !== main.version)
    .map(([name, version]) => `${name}: ${version}, but package.json has ${main.version}`)
  for (const manifest of Object.values(CRATES)) {
    if (!/^version\.workspace = true$/m.test(read(manifest)))
      found.push(`${manifest}: its version is not the workspace's`)
  }
  if (headings.indexOf('Unreleased') > 0) found.push('CHANGELOG.md: Unreleased is not on top')
  found.push(...repositoryFaults(root))
  if (!tag) return found

  if (tag !== `v${main.version}`) found.push(`package.json: ${main.version}, but the tag is ${tag}`)
  if (headings[0] !== main.version) found.push(`CHANGELOG.md: ${headings[0]} is on top, not ${main.version}`)
  // npm publishes no provenance for a package that does not say where it was built.
  if (!main.repository)
    found.push(`package.json: repository is empty: fill in ${EXPECTED}, run node release/repository.mjs`)
  return found
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = faults(process.argv[2])
  for (const fault of found) console.error(fault)
  process.exitCode = found.length ? 1 : 0
}

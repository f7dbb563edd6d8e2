// Where the project lives. `repository` in package.json is the one place that is filled in by hand; this fills in all others:
// `homepage` and `bugs` there, `repository` in Cargo.toml, and the packages in `npm/`.
//
//   node release/repository.mjs

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** On GitHub, for the workflows run nowhere else. npm compares this very form with where a package was built. */
const FORM = /^git\+(https:\/\/github\.com\/[\w.-]+\/[\w.-]+)\.git$/
export const EXPECTED = '{ "type": "git", "url": "git+https://github.com/OWNER/NAME.git" }'

const CARGO = /^repository = "(.*)"$/m

/** The fields that follow from `repository` of package.json; undefined if that is empty or of another form. */
export function addresses({ repository }) {
  const page = FORM.exec(repository?.url)?.[1]
  return page && { homepage: `${page}#readme`, bugs: `${page}/issues`, cargo: page }
}

/** Where `root` is not in step with `repository` of its package.json, a line each. */
export function repositoryFaults(root) {
  const main = manifest(root, 'package.json')
  const expected = addresses(main)
  if (!expected) return main.repository ? [`package.json: repository is not of the form ${EXPECTED}`] : []

  const cargo = fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8').match(CARGO)?.[1]
  const found = []
  if (main.homepage !== expected.homepage) found.push('package.json: homepage')
  if (main.bugs !== expected.bugs) found.push('package.json: bugs')
  if (cargo !== expected.cargo) found.push('Cargo.toml: repository')
  for (const name of fs.readdirSync(path.join(root, 'npm'))) {
    const platform = manifest(root, `npm/${name}/package.json`)
    for (const field of ['repository', 'homepage', 'bugs']) {
      if (JSON.stringify(platform[field]) !== JSON.stringify(main[field])) {
        found.push(`npm/${name}/package.json: ${field}`)
      }
    }
  }
  return found.map((place) => `${place} does not fit repository of package.json: run node release/repository.mjs`)
}

const manifest = (root, name) => JSON.parse(fs.readFileSync(path.join(root, name), 'utf8'))

/** Writes what follows from `repository` into the manifests of `root`. */
export function fill(root) {
  const main = manifest(root, 'package.json')
  const found = addresses(main)
  if (!found) throw new Error(`package.json: repository must be ${EXPECTED}`)
  main.homepage = found.homepage
  main.bugs = found.bugs
  fs.writeFileSync(path.join(root, 'package.json'), `${JSON.stringify(main, undefined, 2)}\n`)

  const cargo = path.join(root, 'Cargo.toml')
  const text = fs.readFileSync(cargo, 'utf8')
  fs.writeFileSync(
    cargo,
    text.replace(CARGO, () => `repository = "${found.cargo}"`),
  )

  const napi = fileURLToPath(new URL('../node_modules/@napi-rs/cli/dist/cli.js', import.meta.url))
  execFileSync(process.execPath, [napi, 'create-npm-dirs'], { cwd: root, stdio: 'ignore' })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) fill(fileURLToPath(new URL('..', import.meta.url)))

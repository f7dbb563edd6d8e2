// `npm run release -- --dry-run`: a release up to the registries. Everything but publishing, which `release.yml` does from a tag.
//
//   npm run release -- --dry-run [--out DIRECTORY]
//
// Leaves in DIRECTORY (`target/release-files` if not given): the tarballs, the crate, SHA256SUMS, and provenance.json, a statement
// that says of which commit they were made. It is not signed: npm signs the one that the workflow makes.

import { execFileSync } from 'node:child_process'
import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { binaryOf, home, pack, platforms, standInFor } from './packed/pack.mjs'
import { faults } from './versions.mjs'

const { values: options } = parseArgs({
  options: { 'dry-run': { type: 'boolean', default: false }, out: { type: 'string' } },
})
if (!options['dry-run']) throw new Error('only --dry-run: what is published is made from a tag, by release.yml')

const out = path.resolve(options.out ?? path.join(home, 'target/release-files'))
const { version } = JSON.parse(fs.readFileSync(path.join(home, 'package.json'), 'utf8'))
const run = (command, args, rest = {}) =>
  execFileSync(command, args, { cwd: home, encoding: 'utf8', shell: process.platform === 'win32', ...rest })
const inTheWay = faults(`v${version}`)

fs.rmSync(out, { recursive: true, force: true })
fs.mkdirSync(out, { recursive: true })
const missing = packTarballs()
packCrate()
const files = fs.readdirSync(out).sort()
fs.writeFileSync(path.join(out, 'SHA256SUMS'), files.map((name) => `${sha256(name)}  ${name}\n`).join(''))
fs.writeFileSync(path.join(out, 'provenance.json'), `${JSON.stringify(statement(), null, 2)}\n`)
for (const name of files.filter((each) => each.endsWith('.tgz'))) tryNpm(name)
tell()

/** A platform whose binary is not in `npm/` gets this machine's, or a stand-in. The report lists it as a blocker of a release. */
function packTarballs() {
  const absent = platforms.filter((platform) => !fs.existsSync(binaryOf(platform)))
  pack(
    out,
    (stage) => {
      standInFor(absent, stage)
      for (const platform of platforms.filter((each) => !absent.includes(each)))
        fs.copyFileSync(binaryOf(platform), binaryOf(platform, stage))
      for (const platform of absent) {
        const built = path.join(home, `codegraph-journal.${platform}.node`)
        if (fs.existsSync(built)) fs.copyFileSync(built, binaryOf(platform, stage))
      }
    },
    'ignore',
  )
  return absent
}

/** Compiles what it has packed, as crates.io's users will. */
function packCrate() {
  run('cargo', ['package', '--quiet', '--locked', '--allow-dirty', '--package', 'codegraph-journal'], {
    stdio: 'inherit',
  })
  const crate = `codegraph-journal-${version}.crate`
  fs.copyFileSync(path.join(home, 'target/package', crate), path.join(out, crate))
}

/** npm's own checks of what it would send; it sends nothing. */
function tryNpm(tarball) {
  run('npm', ['publish', '--dry-run', '--silent', '--access', 'public', path.join(out, tarball)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function sha256(name) {
  return crypto
    .createHash('sha256')
    .update(fs.readFileSync(path.join(out, name)))
    .digest('hex')
}

/** An in-toto statement with SLSA's provenance, of what was made here. */
function statement() {
  const commit = run('git', ['rev-parse', 'HEAD']).trim()
  const isDirty = run('git', ['status', '--porcelain']).trim() !== ''
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map((name) => ({ name, digest: { sha256: sha256(name) } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:codegraph-journal:dry-run',
        externalParameters: { version, isDirty, standIns: missing },
        resolvedDependencies: [{ uri: 'git+file:.', digest: { gitCommit: commit } }],
      },
      runDetails: {
        builder: { id: 'urn:codegraph-journal:by-hand' },
        metadata: { finishedOn: new Date().toISOString() },
      },
    },
  }
}

function tell() {
  console.log(
    `${files.length} files of ${version}, SHA256SUMS and provenance.json are in ${path.relative(process.cwd(), out)}\n`,
  )
  console.log(fs.readFileSync(path.join(out, 'SHA256SUMS'), 'utf8'))
  const platformsMissing = missing.map(
    (platform) => `npm/${platform}: its binary is not there; npm run platform -- ${platform}`,
  )
  const all = [...inTheWay, ...platformsMissing]
  if (all.length === 0) console.log(`nothing is in the way of v${version}`)
  else console.log(`in the way of v${version}:\n${all.map((fault) => `  ${fault}`).join('\n')}`)
}

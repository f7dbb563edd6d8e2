// The tarballs of a release, from the binaries in `npm/*/`: what is tested is what gets published, byte for byte.
//
//   node release/packed/pack.mjs DIRECTORY

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const home = fileURLToPath(new URL('../..', import.meta.url))

/** The names of the platforms, as in `npm/`. */
export const platforms = fs.readdirSync(path.join(home, 'npm')).sort()

/** Where `platform`'s binary has its place in the project `root`. */
export const binaryOf = (platform, root = home) =>
  path.join(root, 'npm', platform, `codegraph-journal.${platform}.node`)

/** Puts files in the places of these platforms' binaries, and none in those of the others. */
export function standInFor(present, root) {
  for (const platform of platforms) {
    if (present.includes(platform)) fs.writeFileSync(binaryOf(platform, root), 'a stand-in: not built here')
    else fs.rmSync(binaryOf(platform, root), { force: true })
  }
}

/** Packs everything into the directory `out`. `prepare(stage)` may put binaries into the copy that is packed. */
export function pack(out, prepare = () => {}, stdio = 'inherit') {
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-stage-'))
  try {
    copy(stage)
    prepare(stage)
    // Fills in the optionalDependencies; fails if a binary is missing. It would publish as well, if it were let.
    const napi = path.join(home, 'node_modules/@napi-rs/cli/dist/cli.js')
    const flags = ['--tag-style', 'npm', '--skip-optional-publish', '--no-gh-release']
    execFileSync(process.execPath, [napi, 'pre-publish', ...flags], { cwd: stage, stdio })
    fs.mkdirSync(out, { recursive: true })
    const packages = ['.', ...platforms.map((platform) => `./npm/${platform}`)]
    const shell = process.platform === 'win32' // npm is a .cmd script there
    const options = { cwd: stage, shell, stdio: ['ignore', 'ignore', 'inherit'] }
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', out, ...packages], options)
  } finally {
    fs.rmSync(stage, { recursive: true, force: true })
  }
}

// A copy, for packing changes package.json. The licences go to where the binaries are.
function copy(stage) {
  const { files } = JSON.parse(fs.readFileSync(path.join(home, 'package.json')))
  for (const name of ['package.json', 'README.md', 'LICENSE', 'npm', ...files]) {
    fs.cpSync(path.join(home, name), path.join(stage, name), { recursive: true })
  }
  for (const platform of platforms) {
    for (const name of ['LICENSE', 'LICENSE.third-party.txt']) {
      fs.copyFileSync(path.join(home, name), path.join(stage, 'npm', platform, name))
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [out] = process.argv.slice(2)
  if (!out) throw new TypeError('usage: node release/packed/pack.mjs DIRECTORY')
  pack(path.resolve(out))
  for (const name of fs.readdirSync(out)) console.log(path.join(out, name))
}

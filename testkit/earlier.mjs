// The package of an earlier commit, built from git: what an installation of another version is to today's.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The first commit whose kernel lock is on the directory itself; elsewhere than on Linux, the first later one that compiles there. */
const EARLIER =
  process.platform === 'linux' ? '45547e2008e021178d9cca5ccf363deb240843e5' : '24f5adfe711b4b1120668b03f51933f2dcfe2c31'

const home = fileURLToPath(new URL('..', import.meta.url))
const target = path.join(home, 'target/earlier')
const place = path.join(target, EARLIER)

/** Where that package is, once `buildEarlier` has run. */
export const earlierPackage = place

/** Checks the commit out and builds it, once. It takes a minute. */
export function buildEarlier() {
  const done = path.join(place, 'built')
  if (fs.existsSync(done)) return
  fs.rmSync(place, { recursive: true, force: true })
  fs.mkdirSync(place, { recursive: true })
  const archive = execFileSync('git', ['-c', 'safe.directory=*', 'archive', EARLIER], { cwd: home, maxBuffer: 2 ** 28 })
  execFileSync('tar', ['-x', '-f', '-'], { cwd: place, input: archive }) // without `-f` that of Windows reads a tape
  const args = [
    'build',
    '--quiet',
    '--release',
    '--locked',
    '--package',
    'codegraph-journal-node',
    '--message-format=json',
  ]
  const messages = execFileSync('cargo', [...args, '--target-dir', path.join(target, 'build')], {
    cwd: place,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const artifacts = messages
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const { filenames } = artifacts.findLast(({ target }) => target?.name === 'codegraph_journal_node')
  const built = filenames.find((name) => /\.(so|dylib|dll)$/.test(name))
  // By each name that is here: binaries for other platforms may be, too.
  for (const name of fs.readdirSync(home).filter((name) => name.endsWith('.node')))
    fs.copyFileSync(built, path.join(place, name))
  fs.writeFileSync(done, '')
}

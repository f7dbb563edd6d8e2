// What is in the tarballs, and what the linters of packages say of it.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { LARGEST } from '../platforms/list.mjs'
import { pack, platforms, standInFor } from './pack.mjs'

const LIB = ['answers', 'arguments', 'doctor', 'entries', 'journal', 'native', 'turns'].map((name) => `lib/${name}.js`)
const MAIN = ['LICENSE', 'README.md', 'dir.d.ts', 'dir.js', 'index.d.ts', 'index.js', ...LIB, 'package.json']
const PLATFORM = ['LICENSE', 'LICENSE.third-party.txt', 'README.md', 'package.json']
const MAIN_LIMIT = 79_000 // bytes unpacked
const PLATFORM_LIMIT = LARGEST + 20_000

export async function contents({ report, tools, tarballs, project, here, standIns }) {
  const user = project('contents')
  const named = (platform) => `codegraph-journal${platform ? `-${platform}` : ''}`
  const tarballOf = (platform) => {
    const found = fs.readdirSync(tarballs).filter((file) => file.replace(/-\d.*/, '') === named(platform))
    assert.equal(found.length, 1, `${named(platform)}: ${found.length} tarballs`)
    return path.join(tarballs, found[0])
  }
  const check = (platform, files, limit) =>
    report.check(`${named(platform)}: files${limit < Infinity ? ' and size' : ''}`, () => {
      const sizes = unpacked(tarballOf(platform), user.at(named(platform)))
      assert.deepEqual(Object.keys(sizes), files.toSorted())
      const size = Object.values(sizes).reduce((sum, each) => sum + each)
      assert.ok(size <= limit, `${size} bytes unpacked, over ${limit}: ${JSON.stringify(sizes)}`)
      return `${size} bytes`
    })

  await check('', MAIN, MAIN_LIMIT)
  for (const platform of standIns ? [here] : platforms) {
    const limit = standIns ? Infinity : PLATFORM_LIMIT // a build for this checkout has what prints backtraces
    await check(platform, [...PLATFORM, `codegraph-journal.${platform}.node`], limit)
  }
  if (standIns)
    report.notRun('the published sizes, the files of the other platforms', 'not built to be published: --tarballs')

  await report.check('packing refuses a release with a binary missing', () => {
    const out = user.at('incomplete')
    const present = platforms.filter((platform) => platform !== here)
    assert.throws(() => pack(out, (stage) => standInFor(present, stage), 'ignore'), /pre-publish/)
    assert.equal(fs.existsSync(out), false)
  })

  // The platform's is not of our making: napi generates its package.json, for which publint has a suggestion.
  for (const [platform, level] of [
    ['', 'suggestion'],
    [here, 'warning'],
  ]) {
    await report.check(`publint: ${named(platform)}, no ${level}`, async () => {
      const flags = ['--strict', '--level', level]
      assert.match(await user.run(process.execPath, [tools.publint, 'run', ...flags, tarballOf(platform)]), /All good!/)
    })
  }
  await report.check('attw', async () => {
    const said = await user.run(process.execPath, [tools.attw, tarballOf(''), '--format', 'ascii'])
    assert.match(said, /No problems found/)
  })
}

/** The size of each file in the tarball by name. */
function unpacked(tarball, into) {
  fs.mkdirSync(into, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', into])
  const files = fs.readdirSync(into, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
  const full = files.map((each) => path.join(each.parentPath, each.name)).sort()
  return Object.fromEntries(full.map((file) => [path.relative(into, file), fs.statSync(file).size]))
}

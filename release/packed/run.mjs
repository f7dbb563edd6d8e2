// `npm run packed`: the package as its users get it. Packs it, serves it as a registry would, installs it into empty projects and
// tries it in every way that is known to differ. On Linux x64 with glibc; what can't be tried there is listed, with the reason.
//
//   npm run packed                          with the binary that was built here
//   npm run packed -- --tarballs DIRECTORY  with what `pack.mjs` made: the release's own

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { builds } from './builds.mjs'
import { contents } from './contents.mjs'
import { installs } from './installs.mjs'
import { missing } from './missing.mjs'
import { binaryOf, home, pack, platforms, standInFor } from './pack.mjs'
import { Project } from './project.mjs'
import { readers } from './readers.mjs'
import { serve } from './registry.mjs'
import { Report } from './report.mjs'
import { fetchTools } from './tools.mjs'

const HERE = 'linux-x64-gnu'
const { values: options } = parseArgs({ options: { tarballs: { type: 'string' } } })
if (process.platform !== 'linux' || process.arch !== 'x64' || !process.report.getReport().header.glibcVersionRuntime) {
  throw new Error('the runtimes that this tries the package with are those for Linux x64 with glibc')
}

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-packed-'))
const report = new Report()
try {
  const tarballs = options.tarballs ? path.resolve(options.tarballs) : packWhatIsHere()
  const registry = await serve(tarballs)
  const project = (name, files) => new Project(scratch, name, { '.npmrc': `registry=${registry.url}\n`, ...files })
  const setup = { report, tools: fetchTools(), tarballs, registry, project, here: HERE, standIns: !options.tarballs }
  for (const part of [contents, installs, builds, missing, readers]) await part(setup)
  for (const platform of platforms.filter((each) => each !== HERE)) {
    report.notRun(`npm on ${platform}`, 'wants that system: `release/packed/here.mjs` there')
  }
  registry.close()
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}
process.exitCode = report.end()

// The other platforms' packages get a stand-in, which no installation may ask for.
function packWhatIsHere() {
  const tarballs = path.join(scratch, 'tarballs')
  pack(tarballs, (stage) => {
    standInFor(platforms, stage)
    fs.copyFileSync(path.join(home, `codegraph-journal.${HERE}.node`), binaryOf(HERE, stage))
  })
  return tarballs
}

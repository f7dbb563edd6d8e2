// Where there is no binary, or none that loads, because of what npm did: a clear error, and how it is mended.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'

const PROBE = `import('codegraph-journal').then(() => console.log('loads'), ({ code }) => console.log(code))`

export async function missing({ report, tarballs, project, here, standIns }) {
  const user = project('omitted')
  const probe = () => user.run(process.execPath, ['--eval', PROBE])
  const modules = () => fs.readdirSync(user.at('node_modules')).filter((name) => name.startsWith('codegraph-journal'))

  await report.check('npm install --omit=optional: a clear error', async () => {
    await user.run('npm', ['install', '--omit=optional', 'codegraph-journal'])
    assert.deepEqual(modules(), ['codegraph-journal'])
    assert.equal(await probe(), 'ERR_JOURNAL_NO_BINARY')
  })
  await report.check('npm install: mends it', async () => {
    await user.run('npm', ['install'])
    assert.deepEqual(modules(), ['codegraph-journal', `codegraph-journal-${here}`])
    assert.equal(await probe(), 'loads')
  })

  const other = "musl's binary in the place of glibc's: a clear error"
  if (standIns) return report.notRun(other, 'it was not built: --tarballs')
  await report.check(other, async () => {
    const [tarball] = fs.readdirSync(tarballs).filter((file) => file.startsWith('codegraph-journal-linux-x64-musl-'))
    const member = 'package/codegraph-journal.linux-x64-musl.node'
    const binary = execFileSync('tar', ['-xzOf', `${tarballs}/${tarball}`, member], { maxBuffer: 2 ** 24 })
    fs.writeFileSync(user.at(`node_modules/codegraph-journal-${here}/codegraph-journal.${here}.node`), binary)
    assert.equal(await probe(), 'ERR_JOURNAL_NO_BINARY')
  })
}

// What readers find beside a native writer that stamps, in other Nodes: every name whole, and no timestamp before its entries. The exception,
// and the control, is the JavaScript module's reader in Node 18. There `readFileSync` asks for the file's size, and reads as much; a stamp
// in between has its header read, and not its entries.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { originalModule, setup as fetchOriginal } from '../../testkit/original.mjs'

const SCRIPTS = ['stamping', 'reading'].map((name) => fileURLToPath(new URL(`project/${name}.mjs`, import.meta.url)))
const SECONDS = Number(process.env.JOURNAL_TEST_READ_MS ?? 3000) / 1000
const ENOUGH = 100 // stamps that a reader has met
const ATTEMPTS = 10 // of the control to go wrong
const [CONTROL, ...NODES] = [18, 20, 22, 24, 26]

export async function readers({ report, tools, project }) {
  fetchOriginal()
  const user = project('readers')
  user.copy(...SCRIPTS)
  await user.run('npm', ['install', 'codegraph-journal'])
  const original = pathToFileURL(originalModule).href

  const root = user.at('root')
  const writer = spawn(process.execPath, ['stamping.mjs', root], { cwd: user.dir, env: user.env, stdio: 'inherit' })
  const ended = once(writer, 'exit')
  const find = async (major, module) => {
    const said = await user.run(tools.node(major), ['reading.mjs', module, root, String(SECONDS)])
    assert.equal(writer.exitCode, null, 'the writer has ended')
    const found = JSON.parse(said)
    assert.ok(found.stamps >= ENOUGH, `only ${found.stamps} stamps were met`)
    return found
  }
  const none = async (major, module) => {
    const { reads, stamps, inPart, early } = await find(major, module)
    assert.deepEqual({ inPart, early }, { inPart: 0, early: 0 })
    return `${reads} reads of ${stamps} stamps`
  }
  try {
    await report.check(
      `beside a native writer that stamps, the JavaScript module's reader in Node ${CONTROL} is wrong`,
      async () => {
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
          const { reads, inPart, early } = await find(CONTROL, original)
          if (early > 0) return `${reads} reads, ${early} timestamps before their entries, ${inPart} with names in part`
        }
        throw new Error('it was right, so this shows nothing of the others')
      },
    )
    await report.check(`ours in Node ${CONTROL} is right`, () => none(CONTROL, 'codegraph-journal'))
    for (const major of NODES) {
      await report.check(`the JavaScript module's in Node ${major} is right`, () => none(major, original))
      await report.check(`ours in Node ${major} is right`, () => none(major, 'codegraph-journal'))
    }
  } finally {
    writer.kill('SIGKILL')
    await ended
  }
}

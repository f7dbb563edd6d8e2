// Every installer gives every runtime a package that works: both module systems, both dialects, errors, worker threads.

import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'

const SMOKE = fileURLToPath(new URL('smoke.mjs', import.meta.url))
const REQUIRE = fileURLToPath(new URL('project/require.cjs', import.meta.url))
const NODES = [18, 20, 22, 24, 26]

export async function installs({ report, tools, registry, project, here }) {
  const node24 = tools.node(24)

  /** An empty project where `add` has installed the package, and the other platforms' were not even fetched. */
  async function installed(installer, files, add, also = []) {
    const user = project(installer, files)
    user.copy(SMOKE, REQUIRE)
    await report.check(`${installer} installs it`, async () => {
      registry.given.length = 0
      await add(user)
      assert.deepEqual(new Set(registry.given), new Set(['codegraph-journal', ...[here, ...also].map(named)]))
    })
    return user
  }
  const works = (name, user, command, ...args) =>
    report.check(name, async () => {
      assert.match(await user.run(command, [...args, 'smoke.mjs']), /^smoke: .*: fine$/)
      assert.equal(await user.run(command, [...args, 'require.cjs']), 'require: fine')
    })

  const npm = await installed('npm', {}, (user) => user.run('npm', ['install', 'codegraph-journal']))
  for (const major of NODES) await works(`Node ${major}`, npm, tools.node(major))

  const pnpm = await installed('pnpm', {}, (user) => user.run(tools.pnpm, ['add', 'codegraph-journal']))
  await works("Node, from pnpm's node_modules", pnpm, node24)

  const settings = `npmRegistryServer: ${registry.url}\nunsafeHttpWhitelist: [127.0.0.1]\nnodeLinker: pnp\n`
  const pnp = { '.yarnrc.yml': settings, 'yarn.lock': '' }
  const yarn = await installed('Yarn', pnp, (user) => user.run(node24, [tools.yarn, 'add', 'codegraph-journal']))
  await works("Node, by Yarn's Plug'n'Play", yarn, node24, tools.yarn, 'node')

  const bun = await installed('Bun', {}, (user) => user.run(tools.bun, ['add', 'codegraph-journal']))
  await works('Bun', bun, tools.bun)

  // Deno does not look at a package's C library: it fetches both, and our loader distinguishes them.
  const add = (user) => user.run(tools.deno, ['add', 'npm:codegraph-journal'])
  const deno = await installed('Deno', {}, add, ['linux-x64-musl'])
  await works('Deno', deno, tools.deno, 'run', '--allow-all')
}

const named = (platform) => `codegraph-journal-${platform}`

// Where no binary loads: the import's error says what is wrong, and the pattern of docs/api.md keeps the JavaScript module.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect } from 'vitest'
import { originalModule } from '../testkit/original.mjs'
import { test } from '../testkit/workspace.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))
const read = (name) => fs.readFileSync(path.join(home, name))
const manifest = (directory) => JSON.parse(read(`${directory}/package.json`))

const code = [
  ...read('docs/api.md')
    .toString()
    .matchAll(/^```js\n(.*?)^```$/gms),
].map(([, block]) => block)
const patterns = code.filter((block) => block.includes("import('./journal.js')"))

// The binary that is loaded here, and the name of its platform.
const require = createRequire(import.meta.url)
require('codegraph-journal')
const binary = path.basename(Object.keys(require.cache).find((name) => name.endsWith('.node')))
const [, here] = binary.split('.')
const intact = read(binary)

/** Makes a project in `root` with the JavaScript module, and in its node_modules what is given. */
function makeProject(root, { main = true, native }) {
  const write = (name, content) => {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    fs.writeFileSync(path.join(root, name), content)
  }
  write('package.json', '{ "type": "module" }')
  write('journal.js', `export * from '${pathToFileURL(originalModule)}'`)
  write(
    'pattern.js',
    `${patterns[0]}\njournalModule.writeJournalHeader(${JSON.stringify(root)}, 5)\nconsole.log('Journal' in journalModule)`,
  )
  write('plain.js', "import 'codegraph-journal'")
  if (main) {
    const modules = path.join(root, 'node_modules/codegraph-journal')
    for (const name of ['package.json', ...manifest('.').files]) {
      fs.cpSync(path.join(home, name), path.join(modules, name), { recursive: true })
    }
  }
  if (native !== undefined) {
    const modules = `node_modules/codegraph-journal-${here}`
    write(`${modules}/package.json`, read(`npm/${here}/package.json`))
    write(`${modules}/${binary}`, native)
  }
}

function node(root, ...args) {
  return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_PATH: '' } })
}

/** Whose functions the pattern has found: only ours have the class. */
function whose(root) {
  const { status, stdout, stderr } = node(root, 'pattern.js')
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(fs.existsSync(`${root}/.codegraph/changes.journal`)).toBe(true)
  return stdout === 'true\n' ? 'ours' : 'the JavaScript module'
}

function patched(change) {
  const bytes = Buffer.from(intact)
  change(bytes)
  return bytes
}

// Bytes 18 and 19 of an ELF file name the processor: 0x3e is x64, 0xb7 arm64.
const otherProcessor = (bytes) => bytes.writeUInt16LE(bytes.readUInt16LE(18) === 0x3e ? 0xb7 : 0x3e, 18)
const otherLibc = (bytes) => bytes.write('cbil.', bytes.indexOf('\0libc.') + 1) // the name of the library that it wants

// Not among them: one cut off behind its headers. Loading that kills the process, as it does with any addon.
const broken = {
  'no binary': undefined,
  'an empty binary': '',
  'a binary that is none': 'no library',
  'a binary cut off in its header': intact.subarray(0, 40),
  ...(process.platform === 'linux' && { 'a binary of another C library': patched(otherLibc) }),
  // musl's loader does not look at it.
  ...(process.report.getReport().header.glibcVersionRuntime && {
    'a binary of another processor': patched(otherProcessor),
  }),
}

test('the page has one pattern for the fallback', () => expect(patterns).toHaveLength(1))

describe('the pattern of docs/api.md', () => {
  test('takes ours where it loads', ({ root }) => {
    makeProject(root, { native: intact })
    expect(whose(root)).toBe('ours')
  })

  test('keeps the JavaScript module where the package is missing', ({ root }) => {
    makeProject(root, { main: false })
    expect(node(root, 'plain.js').stderr).toContain('ERR_MODULE_NOT_FOUND')
    expect(whose(root)).toBe('the JavaScript module')
  })

  test.for(Object.entries(broken))('keeps the JavaScript module with %s', ([, native], { root }) => {
    makeProject(root, { native })
    expect(whose(root)).toBe('the JavaScript module')
  })
})

describe('the error of the import', () => {
  const there = 'A binary is there and does not load'

  test.for(Object.entries(broken))('with %s', ([, native], { root }) => {
    makeProject(root, { native })
    const { status, stderr } = node(root, 'plain.js')
    expect(status).toBe(1)
    expect(stderr).toContain("code: 'ERR_JOURNAL_NO_BINARY'")
    expect(stderr).toContain(`no binary for ${process.platform}-${process.arch} that loads here`)
    expect(stderr).toContain(`  Cannot find module '../${binary}'`)
    // What the system says of a binary that is there, and not that none was found.
    const missing = `  Cannot find module 'codegraph-journal-${here}'`
    if (native === undefined) expect(stderr).toContain(missing)
    else expect(stderr).not.toContain(missing)
    expect(stderr).toContain(native === undefined ? 'packed from a clone, without a binary' : there)
  })

  test('that npm has left out', ({ root }) => {
    makeProject(root, {})
    const file = `${root}/node_modules/codegraph-journal/package.json`
    const optionalDependencies = { [`codegraph-journal-${here}`]: '0.1.0' }
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file)), optionalDependencies }))
    expect(node(root, 'plain.js').stderr).toMatch(/npm has left out .* without --omit=optional/)
  })

  test('of a clone that was not built', ({ root }) => {
    makeProject(root, {})
    fs.writeFileSync(`${root}/node_modules/codegraph-journal/Cargo.toml`, '')
    expect(node(root, 'plain.js').stderr).toContain('This is a clone, and has to be built first: npm run setup')
  })

  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission'
  test.for([['--no-addons'], [permission, '--allow-fs-read=*']])('where Node forbids addons: %s', (flags, { root }) => {
    makeProject(root, { native: intact })
    const { stderr } = node(root, ...flags, 'plain.js')
    expect(stderr).toContain("code: 'ERR_JOURNAL_NO_BINARY'")
    expect(stderr).toContain('Node forbids addons here')
    // And the advice helps.
    const allowed = flags[0] === permission ? [...flags, '--allow-addons'] : []
    expect(node(root, ...allowed, 'plain.js').status).toBe(0)
  })

  const mount = ['unshare', '--mount', '--map-root-user', 'sh', '-c']
  const isMounted = spawnSync(mount[0], [...mount.slice(1), 'mount -t tmpfs -o noexec none /mnt']).status === 0
  if (!isMounted) console.log('skipped: a noexec mount, because nothing can be mounted here')
  test.skipIf(!isMounted)('where nothing may be executed', ({ root }) => {
    makeProject(root, { native: intact })
    const inMnt = `mount -t tmpfs -o noexec none /mnt && cp -r . /mnt && cd /mnt && exec "$0" plain.js`
    const [command, ...args] = [...mount, inMnt, process.execPath]
    const { stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
    expect(stderr).toContain('Nothing may be executed from where it is installed')
  })

  /** What it says in a process that takes itself for another platform. */
  function elsewhere(root, platform, arch) {
    makeProject(root, {})
    return node(
      root,
      '--input-type=commonjs',
      '--eval',
      `Object.defineProperties(process, { platform: { value: '${platform}' }, arch: { value: '${arch}' } })
       require('codegraph-journal')`,
    ).stderr
  }

  // Of two C libraries both are asked for, and whichever loads is taken.
  test.for(fs.readdirSync(`${home}/npm`))('asks for the package that npm installs on %s', (name, { root }) => {
    const { os, cpu, ...rest } = manifest(`npm/${name}`)
    const said = elsewhere(root, os[0], cpu[0])
    expect(said).toContain(`no binary for ${os[0]}-${cpu[0]} `)
    for (const each of [rest.name, `../codegraph-journal.${name}.node`])
      expect(said).toContain(`  Cannot find module '${each}'`)
  })

  test('names a platform that there is no package for', ({ root }) => {
    const said = elsewhere(root, 'freebsd', 'riscv64')
    expect(said).toMatch(/no binary for freebsd-riscv64 .*There is none for this platform/s)
  })
})

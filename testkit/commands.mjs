// Whether a command in a page would find what it names: a script, a file, a test.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

/** What is wrong with a command in the page `from` of the checkout `home`, or undefined. */
export function faultOf(command, home, from) {
  const words = command.split(/\s+/)
  while (/^[A-Z_]+=/.test(words[0])) words.shift()
  const [program, ...args] = words
  const check = program.includes('/') ? () => script(program, home, from) : PROGRAMS[program]
  return check ? check(args, home) : `${program} is not known here`
}

const PROGRAMS = { npm, npx, node: ([name], home) => file(name, home), cargo }

const NPM = ['audit', 'install', 'pack', 'pkg', 'version']
const NPX = ['prettier', 'napi', 'tsc']

function npm([verb, name], home) {
  if (NPM.includes(verb)) return undefined
  const script = verb === 'run' ? name : verb
  const { scripts } = JSON.parse(fs.readFileSync(path.join(home, 'package.json')))
  return scripts[script] ? undefined : `package.json has no script ${script}`
}

function npx([tool, verb, ...filters], home) {
  if (NPX.includes(tool)) return undefined
  if (tool === 'codegraph-journal') return verb === 'doctor' ? undefined : `there is no ${tool} ${verb}`
  if (tool !== 'vitest' || (verb !== undefined && verb !== 'run')) return `npx ${tool} ${verb} is not known here`
  const tests = fs.readdirSync(path.join(home, '__test__'))
  const wanted = filters.slice(0, filters.includes('-t') ? filters.indexOf('-t') : undefined)
  const missing = wanted.filter((filter) => !tests.some((name) => `__test__/${name}`.includes(filter)))
  return missing.length ? `no test is called ${missing.join(', ')}` : undefined
}

/** The targets that are named, of whichever package. */
function cargo(args, home) {
  const named = args.flatMap((arg, index) =>
    ['--test', '--example', '--bench'].includes(arg) ? [[arg.slice(2), args[index + 1]]] : [],
  )
  if (named.length === 0) return undefined
  const metadata = ['metadata', '--no-deps', '--offline', '--format-version', '1']
  const { packages } = JSON.parse(execFileSync('cargo', metadata, { cwd: home, maxBuffer: 1 << 26 }))
  const targets = packages.flatMap((each) => each.targets)
  const missing = named.filter(
    ([kind, name]) => !targets.some((each) => each.name === name && each.kind.includes(kind)),
  )
  return missing.length ? `cargo has no ${missing.map((each) => each.join(' ')).join(', ')}` : undefined
}

function file(name, home) {
  return fs.existsSync(path.join(home, name)) ? undefined : `there is no ${name}`
}

/** From the root, or where the page is. */
function script(name, home, from) {
  return file(path.join(path.dirname(from), name), home) && file(name, home)
}

// The licences and sources of the crates that are linked into the binaries, by `deny.toml`'s list. cargo-deny knows more (advisories,
// what only builds and tests use); this takes no minutes to build and needs no network. `LICENSE.third-party.txt` must name every
// crate whose licence wants to be passed on.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'

const CRATES_IO = 'registry+https://github.com/rust-lang/crates.io-index'
const SETTLED = ['Apache-2.0', 'Unlicense'] // our own, whose text is there; and one that asks for nothing

const home = fileURLToPath(new URL('..', import.meta.url))
const read = (name) => fs.readFileSync(`${home}/${name}`, 'utf8')
const allowed = JSON.parse(read('deny.toml').match(/^allow = (.*)$/m)[1])
const named = new Set(
  [...read('LICENSE.third-party.txt').matchAll(/^([\w, -]+): /gm)].flatMap(([, names]) => names.split(', ')),
)

const options = { cwd: home, encoding: 'utf8' }
const edges = ['--edges', 'normal,no-proc-macro', '--target', 'all', '--locked']
const tree = execFileSync(
  'cargo',
  ['tree', ...edges, '--prefix', 'none', '--no-dedupe', '--format', '{p}|{l}'],
  options,
)
const crates = [...new Set(tree.split('\n').filter(Boolean))].map((line) => {
  const [, name, version, licences] = line.match(/^(\S+) v(\S+).*\|(.*)$/)
  return { name, version, licences: licences.split(' OR ') }
})

const faults = []
for (const { name, version, licences } of crates) {
  const crate = `${name} ${version}: ${licences.join(' OR ')}`
  if (!licences.some((each) => allowed.includes(each))) faults.push(`${crate}: not allowed by deny.toml`)
  else if (!licences.some((each) => SETTLED.includes(each)) && !named.has(name))
    faults.push(`${crate}: not named in LICENSE.third-party.txt`)
  if (crates.some((other) => other.name === name && other.version !== version))
    faults.push(`${crate}: not the only version`)
}
for (const name of named)
  if (!crates.some((crate) => crate.name === name)) faults.push(`${name}: named, but not linked`)
for (const [, source] of read('Cargo.lock').matchAll(/^source = "(.*)"$/gm))
  if (source !== CRATES_IO) faults.push(`Cargo.lock: from ${source}`)

for (const fault of faults) console.error(fault)
console.log(`${crates.length - 1} crates are linked; ${faults.length} faults`)
process.exitCode = faults.length ? 1 : 0

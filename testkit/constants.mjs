// The times in the code: ours from the Rust sources, the JS module's from its own.

import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { originalModule } from './original.mjs'

const UNITS = { micros: 0.001, millis: 1, secs: 1000 }
const DURATION = /Duration::from_(micros|millis|secs)\((\d[\d_]*)\)/
const CONSTANT = /const (\w+): Duration =\s*(.*);/g

const number = (digits) => Number(digits.replaceAll('_', ''))

/** Each `const … : Duration` of the Rust sources, in milliseconds, by name. */
export function ours() {
  const found = new Map()
  for (const file of rustFiles()) {
    for (const [, name, value] of fs.readFileSync(file, 'utf8').matchAll(CONSTANT)) {
      const [, unit, digits] = DURATION.exec(value) ?? []
      const [, base] = /^(\w+)\.saturating_add\(/.exec(value) ?? []
      if (unit) found.set(name, { ms: number(digits) * UNITS[unit], base })
    }
  }
  return new Map([...found].map(([name, { ms, base }]) => [name, ms + (base ? found.get(base).ms : 0)]))
}

/** Without their tests, whose times are nobody's promise. */
function rustFiles() {
  return ['core/src', 'src'].flatMap((folder) => {
    const home = fileURLToPath(new URL(`../${folder}`, import.meta.url))
    const names = fs.readdirSync(home, { recursive: true })
    return names.filter((name) => name.endsWith('.rs') && !/\btests\b/.test(name)).map((name) => path.join(home, name))
  })
}

/** Each constant `…_MS` of the JS module, by name. */
export function theirs() {
  const constants = fs.readFileSync(originalModule, 'utf8').matchAll(/^const (\w+_MS) = (\d[\d_]*);/gm)
  return new Map(Array.from(constants, ([, name, digits]) => [name, number(digits)]))
}

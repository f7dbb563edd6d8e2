// The pages: their code runs, their commands find what they name, their links lead somewhere, and the README is short.

import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect } from 'vitest'
import { pages as pagesOfBench, recorded } from '../bench/page.mjs'
import { pages as pagesOfProofs } from '../proof/pages.mjs'
import { faultOf } from '../testkit/commands.mjs'
import { anchorsOf, commandsOf, linksOf, markdownFiles, parsePage } from '../testkit/markdown.mjs'
import { originalModule } from '../testkit/original.mjs'
import { test } from '../testkit/workspace.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))
const read = (name) => fs.readFileSync(path.join(home, name), 'utf8')
const all = new Map(markdownFiles(home).map((name) => [name, parsePage(read(name))]))
const withCode = [...all].filter(([name]) => /^(README\.md|docs\/.*|core\/README\.md)$/.test(name))
const blocksOf = (language) =>
  withCode.flatMap(([name, { blocks }]) => {
    const of = blocks.filter((block) => block.language === language)
    return of.length ? [[name, of]] : []
  })

describe('blocks', () => {
  const languages = ['js', 'rust', 'sh', 'diff', 'text']

  test.for(withCode)('%s has only these that are tried', ([, { blocks }]) => {
    expect(blocks.filter(({ language }) => !languages.includes(language))).toEqual([])
    for (const { language, text, line } of blocks) {
      expect(text, `line ${line}`).not.toBe('')
      if (language === 'diff') expect(text, `line ${line}`).toMatch(/^([-+ @].*(\n|$))+$/)
    }
  })

  // The js blocks of a page are one program. What its `console.log` prints is the comment behind it.
  test.for(blocksOf('js'))('js of %s', ([, blocks], { root }) => {
    fs.mkdirSync(`${root}/node_modules`)
    fs.symlinkSync(home, `${root}/node_modules/codegraph-journal`, 'junction')
    fs.writeFileSync(`${root}/package.json`, '{ "type": "module" }')
    fs.writeFileSync(`${root}/journal.js`, `export * from '${pathToFileURL(originalModule)}'`)
    const program = blocks.map(({ text }) => text).join('\n')
    fs.writeFileSync(`${root}/page.js`, program)
    const { status, stdout, stderr } = spawnSync(process.execPath, ['page.js'], { cwd: root, encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    const logs = [...program.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm)].map(([, told]) => told)
    expect(stdout.split('\n').slice(0, -1)).toEqual(logs)
  })

  test('rust', { timeout: 300_000 }, ({ root }) => {
    fs.mkdirSync(`${root}/src/bin`, { recursive: true })
    fs.copyFileSync(`${home}/Cargo.lock`, `${root}/Cargo.lock`)
    const core = JSON.stringify(path.join(home, 'core'))
    fs.writeFileSync(
      `${root}/Cargo.toml`,
      `[package]\nname = "pages"\nversion = "0.0.0"\nedition = "2024"\n[dependencies]\ncodegraph-journal = { path = ${core} }\n[workspace]\n`,
    )
    for (const [name, blocks] of blocksOf('rust')) {
      for (const { text, line } of blocks) {
        const file = `${name.replaceAll(/\W/g, '_')}_${line}.rs`
        const whole = `fn main() -> Result<(), Box<dyn std::error::Error>> {\n${text}\nOk(())\n}\n`
        fs.writeFileSync(`${root}/src/bin/${file}`, text.includes('fn main(') ? text : whole)
      }
    }
    expect(fs.readdirSync(`${root}/src/bin`).length).toBeGreaterThan(0)
    const target = path.join(home, 'target')
    execFileSync('cargo', ['check', '--quiet', '--offline', '--bins', '--target-dir', target], { cwd: root })
  })
})

describe('commands', () => {
  const named = [...all].map(([name, page]) => [name, commandsOf(page)]).filter(([, commands]) => commands.length)

  test.for(named)('%s', ([name, commands]) => {
    const faults = commands.map((command) => [command, faultOf(command, home, name)]).filter(([, fault]) => fault)
    expect(Object.fromEntries(faults)).toEqual({})
  })
})

describe('links', () => {
  /** What is wrong with a link of a page, or undefined. */
  function faultOfLink(from, link) {
    if (/^[a-z]+:/.test(link)) return undefined // another site's
    const [target, anchor] = link.split('#')
    const name = target ? path.posix.join(path.posix.dirname(from), decodeURIComponent(target)) : from
    if (!fs.existsSync(path.join(home, name))) return 'no such file'
    if (anchor === undefined) return undefined
    if (!all.has(name)) return 'an anchor of no page'
    return anchorsOf(all.get(name)).includes(anchor) ? undefined : `${name} has no such heading`
  }

  test.for([...all])('%s', ([name, page]) => {
    const faults = linksOf(page).map((link) => [link, faultOfLink(name, link)])
    expect(Object.fromEntries(faults.filter(([, fault]) => fault))).toEqual({})
  })
})

test('the README is short', () => {
  const readme = read('README.md')
  const lines = readme.trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(130)
  expect(lines.filter((line) => line.length > 130)).toEqual([])
  expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(9_000) // npm packs it
})

test('docs/differences.md names each test of a difference', () => {
  const page = read('docs/differences.md')
  const tests = fs.readdirSync(`${home}/__test__`).filter((name) => name.startsWith('differences.'))
  expect(tests.filter((name) => !page.includes(`__test__/${name}`))).toEqual([])
})

test.for(Object.entries({ ...pagesOfBench(recorded()), ...pagesOfProofs() }))(
  'what is drawn in %s is up to date: npm run pages',
  ([name, text]) => {
    expect(read(name)).toBe(text)
  },
)

// The types, which are written by hand: the names that index.d.ts declares are those that both entry points export, and the
// members of the class `Journal` those that it has.

import fs from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const require = createRequire(import.meta.url)

function parse(name) {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url))
  return ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
}

const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

/** The names that a declaration file exports: of values, and of types. */
function exportsOf(source) {
  const [values, types] = [[], []]
  source.forEachChild((node) => {
    if (ts.isExportDeclaration(node)) {
      const names = node.exportClause.elements
      for (const { name, isTypeOnly } of names) (node.isTypeOnly || isTypeOnly ? types : values).push(name.text)
    } else if (isExported(node)) {
      if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) types.push(node.name.text)
      else if (ts.isVariableStatement(node)) {
        values.push(...node.declarationList.declarations.map(({ name }) => name.text))
      } else values.push(node.name.text)
    }
  })
  return { values: values.sort(), types: types.sort() }
}

describe.each(['codegraph-journal', 'codegraph-journal/dir'])('index.d.ts for %s', (entryPoint) => {
  const { values } = exportsOf(parse('index.d.ts'))

  test('declares what the package exports, and no more', () => {
    expect(values).toEqual(Object.keys(require(entryPoint)).sort())
  })

  test('declares as many parameters as the functions take', () => {
    const functions = parse('index.d.ts').statements.filter(ts.isFunctionDeclaration)
    expect(functions.length).toBeGreaterThan(0)
    for (const { name, parameters } of functions)
      expect(require(entryPoint)[name.text], name.text).toHaveLength(parameters.length)
  })
})

test('dir.d.ts has what index.d.ts has', () => {
  const statements = parse('dir.d.ts').statements.map((statement) => statement.getText())
  expect(statements).toEqual(["export * from './index.js'"])
})

// `.ci/run` compiles `usage.ts`.
test('the types want none of the DOM or of Node', () => {
  const name = 'tsconfig.no-dom.json'
  const { config, error } = ts.readConfigFile(fileURLToPath(at(`__test__/types/${name}`)), ts.sys.readFile)
  expect(error).toBe(undefined)
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, fileURLToPath(at('__test__/types')))
  const program = ts.createProgram(fileNames, { ...options, noEmit: true })
  const told = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText, file }) => `${file?.fileName}: ${JSON.stringify(messageText)}`)
  expect(told).toEqual([])
})

describe('the class Journal', () => {
  const { Journal } = require('codegraph-journal')
  const { members } = parse('index.d.ts').statements.find((node) => ts.isClassDeclaration(node))
  const isStatic = (member) => member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)
  const named = (wanted) => members.filter((member) => member.name && wanted(member)).map(({ name }) => name.text)

  /** What JavaScript's own classes have too. */
  const own = (object, builtIn) => Object.getOwnPropertyNames(object).filter((name) => !builtIn.includes(name))

  test('declares the members that it has, and no more', () => {
    expect(named((member) => !isStatic(member)).sort()).toEqual(own(Journal.prototype, ['constructor']).sort())
  })

  test('declares the static members that it has, and no more', () => {
    expect(named(isStatic)).toEqual(own(Journal, ['length', 'name', 'prototype']))
  })

  test('declares as many parameters as the methods take', () => {
    const methods = members.filter(ts.isMethodDeclaration)
    for (const method of methods) {
      const object = isStatic(method) ? Journal : Journal.prototype
      expect(object[method.name.text], method.name.text).toHaveLength(method.parameters.length)
    }
    expect(Journal).toHaveLength(members.find(ts.isConstructorDeclaration).parameters.length)
  })

  test('declares the fields of what it returns', () => {
    const fields = parse('index.d.ts').statements.find(({ name }) => name?.text === 'JournalStats').members
    const journal = new Journal('nowhere')
    expect(fields.map(({ name }) => name.text)).toEqual(Object.keys(journal.stats()))
  })
})

test('the codes of JournalError are those that the code has', () => {
  const union = parse('index.d.ts').statements.find(({ name }) => name?.text === 'JournalErrorCode')
  const declared = union.type.types.map(({ literal }) => literal.text).sort()
  const sources = ['src', 'lib'].flatMap((dir) => fs.readdirSync(at(dir)).map((name) => `${dir}/${name}`))
  const text = ['core/src/error.rs', ...sources].map((name) => fs.readFileSync(at(name), 'utf8')).join('\n')
  const thrown = new Set([...text.matchAll(/ERR_JOURNAL_[A-Z_]+[A-Z]/g)].map(([code]) => code))
  const told = ['ERR_JOURNAL_DEGRADED', 'ERR_JOURNAL_IO'] // a warning's; and the crate's, for which JavaScript gets the system's
  expect([...thrown].filter((code) => !told.includes(code)).sort()).toEqual(declared)
})

function at(name) {
  return new URL(`../${name}`, import.meta.url)
}

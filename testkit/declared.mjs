// What index.d.ts declares: the one list of the package's names.

import fs from 'node:fs'
import ts from 'typescript'

const text = fs.readFileSync(new URL('../index.d.ts', import.meta.url), 'utf8')
const { statements } = ts.createSourceFile('index.d.ts', text, ts.ScriptTarget.Latest, true)
const named = (wanted) => statements.find(({ name }) => name?.text === wanted)

export const functions = statements.filter(ts.isFunctionDeclaration).map(({ name }) => name.text)

/** Of a class or an interface. */
export const membersOf = (type) => named(type).members.flatMap(({ name }) => name?.text ?? [])

/** Of a union of strings. */
export const literalsOf = (type) => named(type).type.types.map(({ literal }) => literal.text)

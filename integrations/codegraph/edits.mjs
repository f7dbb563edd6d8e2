// What the parts of the integration are made of: edits of codegraph's files, and files that are new.

import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The text of a file of this folder. */
export function text(name) {
  return fs.readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8')
}

/** Text that is not a pattern of `String.replace`. */
export const literal = (replacement) => () => replacement

/** The edit that puts `addition` before what `find` finds. */
export const before = (find, addition) => [find, (found) => `${addition}${found}`, 1]

/** The edit that puts `addition` behind what `find` finds. */
export const after = (find, addition) => [find, (found) => `${found}${addition}`, 1]

/**
 * Applies edits: `[find, replacement, times]`. A text that has `find` another number of times is not the one that the edit was written for.
 *
 * @param name the text's, for the error
 */
export function edited(name, source, edits) {
  let result = source
  for (const [find, replacement, times] of edits) {
    const found = result.match(new RegExp(find, find.flags.includes('g') ? find.flags : `${find.flags}g`))?.length ?? 0
    if (found !== times)
      throw new Error(`${name}: ${find} is there ${found} times, not ${times}: codegraph has changed here`)
    result = result.replace(find, replacement)
  }
  return result
}

/** TypeScript as codegraph publishes it. */
export function javascript(source) {
  const { ModuleKind, ScriptTarget } = ts
  const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022, verbatimModuleSyntax: true }
  return ts.transpileModule(source, { compilerOptions }).outputText
}

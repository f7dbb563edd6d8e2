// Looks into codegraph's graph, with codegraph's Node and its better-sqlite3.
import { execFileSync } from 'node:child_process'
import path from 'node:path'

const PROGRAM = `
  const [, sqlite, file, pattern] = process.argv
  const rows = new (require(sqlite))(file).prepare('select distinct name from nodes where name glob ?').all(pattern)
  console.log(JSON.stringify(rows.map(({ name }) => name)))`

/** The names of nodes that a pattern of SQLite's `glob` takes. */
export function namesInGraph({ node, sqlite }, root, pattern) {
  const args = ['--eval', PROGRAM, sqlite, path.join(root, '.codegraph/graph.db'), pattern]
  return JSON.parse(execFileSync(node, args, { encoding: 'utf8' }))
}

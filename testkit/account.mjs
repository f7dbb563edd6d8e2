// The account: the entries that were acknowledged to the writers, and those in the journal.

import fs from 'node:fs'
import path from 'node:path'
import { entryOf, isStamp } from './entries.mjs'
import { journalOf, tree } from './place.mjs'

/** The kernel writes to a file a page at a time. */
const PAGE = 4096

/** Where a writer logs its calls, a line each once it has returned. */
export const logOf = (root, name) => path.join(root, `${name}.log`)

/** What a writer has logged: { calls, log, errors, longestMs }: their number, and the entries that were acknowledged. */
export function toldBy(root, { name }) {
  const file = logOf(root, name)
  const calls = fs.existsSync(file) ? lines(fs.readFileSync(file, 'utf8')).map((line) => JSON.parse(line)) : []
  return {
    calls: calls.length,
    log: calls.flatMap(({ error }, number) => (error ? [] : [entryOf(name, number)])),
    errors: calls.flatMap(({ error }) => error ?? []),
    longestMs: calls.reduce((longest, { ms }) => Math.max(longest, ms), 0),
  }
}

/**
 * What the journal holds, beside what was acknowledged to the writers: orders with what `toldBy` returns, or of any other writer only
 * { log }.
 */
export function account(root, writers) {
  const content = fs.readFileSync(journalOf(root), 'utf8')
  const [header, ...all] = lines(content)
  // Native writers fill a page up with blanks before a line that would lie over its end.
  const body = all.filter((line) => line.trim() !== '')
  const written = new Set(body)
  const acknowledged = writers.flatMap((writer) => writer.log)
  const unasked = body.filter(isUnasked(writers))
  const unfinished = unasked.filter(isLeftUnfinished(writers, content))
  return {
    header,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((entry) => !written.has(entry)),
    unasked: unasked.filter((line) => !unfinished.includes(line)),
    unfinished,
    repeated: body.length - written.size,
    turns: turns(body),
    complete: content.endsWith('\n') && /^# codegraph-journal v1 \d+$/.test(header),
    leftovers: Object.keys(tree(path.dirname(journalOf(root)))).filter((name) => name !== 'changes.journal'),
  }
}

/** Nobody asked for a line that is no entry of a call made: of one that is logged, or of the one that the writer's end came before. */
function isUnasked(writers) {
  const asked = new Set(writers.flatMap(({ log }) => log))
  for (const { name, calls } of writers) {
    for (let number = 0; number <= calls; number++) asked.add(entryOf(name, number))
  }
  return (line) => !asked.has(line)
}

/**
 * What a JS writer that was killed may have left of its one unfinished entry, where an append of that lies over a page's end: its first part.
 * A native writer leaves whole lines.
 */
function isLeftUnfinished(writers, content) {
  const unfinished = writers
    .filter((writer) => writer.js && writer.name && !isStamp(writer.calls, writer))
    .map(({ name, calls }) => entryOf(name, calls))
  const endsPage = (line) => (content.indexOf(`\n${line}\n`) + 1 + line.length) % PAGE === 0
  return (line) => line !== '' && unfinished.some((entry) => entry.startsWith(line)) && endsPage(line)
}

// How often the next entry is another writer's: that they did run against each other.
function turns(body) {
  const writer = (line) => line.slice(0, line.indexOf('/'))
  return body.filter((line, index) => index > 0 && writer(line) !== writer(body[index - 1])).length
}

function lines(content) {
  return content.split('\n').slice(0, -1)
}

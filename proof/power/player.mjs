// The JS module as the control: it does the steps that standard input lists, one a line, with a tab before each part.

import readline from 'node:readline'

import { originalModule, setup } from '../../testkit/original.mjs'

setup()
const original = await import(originalModule)
const root = process.argv[2]
const entries = (names) => names.map((file) => ({ file }))

const read = () => {
  const { valid, changed } = original.readJournal(root)
  return valid ? ['valid', ...changed] : ['invalid']
}

// The module only warns if it can't stamp the header.
function stamped(timestamp) {
  if (original.readJournal(root).timestamp !== timestamp) throw new Error('the header was not stamped')
  return ['done']
}

const COMMANDS = {
  append(...names) {
    original.appendJournalEntries(root, entries(names))
    return ['done']
  },
  stamp(timestamp, ...names) {
    original.appendJournalEntriesAndStampHeader(root, entries(names), Number(timestamp))
    return stamped(Number(timestamp))
  },
  reset(timestamp) {
    original.writeJournalHeader(root, Number(timestamp))
    return stamped(Number(timestamp))
  },
  read,
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [command, ...parts] = line.split('\t')
  process.stdout.write(`${COMMANDS[command](...parts).join('\t')}\n`)
}

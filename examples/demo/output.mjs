// What the demo prints. `say` is for the terminal: few lines, and the closing table. `log` has every event, with the seconds since the
// start in front; with `--verbose` the log is the terminal, too.
import fs from 'node:fs'
import path from 'node:path'
import { now } from './look.mjs'

const colours = process.stdout.isTTY && !process.env.NO_COLOR
const paint = (code) => (text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text)
const dim = paint(2)
const bold = paint(1)
const green = paint(32)
const red = paint(31)
const yellow = paint(33)
const plain = (text) => text

const start = now()
export const seconds = (ms) => `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`

/** The log's file; without one the log goes to the terminal. */
let file

/** Begins a new log in `name`, in place of the last run's. */
export function openLog(name) {
  fs.mkdirSync(path.dirname(name), { recursive: true })
  file = fs.openSync(name, 'w')
}

function line(label, text, colour) {
  const at = `${((now() - start) / 1000).toFixed(1)} s`.padStart(8)
  return `${colour(at)}  ${label} ${text}`
}

const onTerminal = (label, text, colour) => console.log(line(bold(label.padEnd(9)), colour(text), dim))
const inFile = (label, text) => fs.writeSync(file, `${line(label.padEnd(9), text, plain)}\n`)

function sayLine(label, text, colour = plain) {
  onTerminal(label, text, colour)
  if (file !== undefined) inFile(label, text)
}

function logLine(label, text, colour = plain) {
  if (file === undefined) onTerminal(label, text, colour)
  else inFile(label, text)
}

const to = (write) => ({
  note: (label, text) => write(label, text),
  good: (label, text) => write(label, text, green),
  bad: (label, text) => write(label, text, red),
  warn: (label, text) => write(label, text, yellow),

  /** Prints what begins; the function returned prints that it is done and how long it took. */
  step(label, text) {
    const begin = now()
    write(label, text)
    return (result = 'done') => write('', `${result}, ${seconds(now() - begin)}`, dim)
  },
})

export const log = {
  ...to(logLine),

  /** One flush of the watcher: the entries that it appended to the journal. */
  flush(number, lines) {
    for (const [index, entry] of lines.entries()) {
      const label = index === 0 ? `flush ${number}` : ''
      if (entry.startsWith('DELETED ')) logLine(label, `- ${entry.slice(8)}`, red)
      else logLine(label, `+ ${entry}`, green)
    }
  },
}

export const say = {
  ...to(sayLine),

  /** `rows`: what is counted, how many, and a remark. */
  table(rows) {
    const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)))
    console.log()
    for (const [label, value, remark = ''] of rows)
      console.log(`  ${label.padEnd(widths[0])}  ${bold(value.padStart(widths[1]))}  ${dim(remark)}`.trimEnd())
    console.log()
  },
}

// What the demo prints: one line an event, the seconds since the start in front.
import { now } from './look.mjs'

const colours = process.stdout.isTTY && !process.env.NO_COLOR
const paint = (code) => (text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text)
const dim = paint(2)
const bold = paint(1)
const green = paint(32)
const red = paint(31)
const yellow = paint(33)

const start = now()
export const seconds = (ms) => `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`

function line(label, text) {
  const at = `${((now() - start) / 1000).toFixed(1)} s`.padStart(8)
  console.log(`${dim(at)}  ${bold(label.padEnd(9))} ${text}`)
}

export const say = {
  note: line,
  good: (label, text) => line(label, green(text)),
  bad: (label, text) => line(label, red(text)),
  warn: (label, text) => line(label, yellow(text)),

  /** Says what begins; the function returned says that it is done and how long it took. */
  step(label, text) {
    const begin = now()
    line(label, text)
    return (result = 'done') => line('', dim(`${result}, ${seconds(now() - begin)}`))
  },

  /** One flush of the watcher: what it brought into the journal. */
  flush(number, lines) {
    for (const [index, entry] of lines.entries()) {
      const deleted = entry.startsWith('DELETED ')
      const text = deleted ? red(`- ${entry.slice(8)}`) : green(`+ ${entry}`)
      line(index === 0 ? `flush ${number}` : '', text)
    }
  },

  /** `rows`: label, value, remark. */
  table(rows) {
    const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)))
    console.log()
    for (const [label, value, remark = ''] of rows)
      console.log(`  ${label.padEnd(widths[0])}  ${bold(value.padStart(widths[1]))}  ${dim(remark)}`.trimEnd())
    console.log()
  },
}

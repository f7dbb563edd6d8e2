// What the bench prints: tables.

const colours = process.stdout.isTTY && !process.env.NO_COLOR
const paint = (code) => (text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text)
export const [bold, dim, red, green] = [1, 2, 31, 32].map(paint)

/** What the subjects are called in tables. */
export const NAMES = { js: 'JS', native: 'ours', bare: 'bare' }

/** Three digits, of whatever unit fits. */
export function microseconds(value) {
  if (Math.abs(value) >= 999_500) return `${digits(value / 1e6)} s`
  return Math.abs(value) >= 999.5 ? `${digits(value / 1000)} ms` : `${digits(value)} µs`
}

/** A median with its quartiles. */
export function factor({ median, low, high }) {
  return `${digits(median)} (${digits(low)}–${digits(high)})`
}

export function digits(value) {
  if (value === 0 || !Number.isFinite(value)) return `${value}`
  if (Math.abs(value) < 0.001) return value.toPrecision(2)
  return value.toFixed(Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))))
}

/** Texts in columns: the first to the left, the others to the right. */
export function table(heads, rows) {
  const all = [heads, ...rows]
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column].length)))
  const aligned = (row) => row.map((text, column) => (column ? text.padStart(widths[column]) : text.padEnd(widths[0])))
  for (const [index, row] of all.entries()) {
    const text = `  ${aligned(row).join('  ')}`.trimEnd()
    console.log(index ? text : dim(text))
  }
  console.log()
}

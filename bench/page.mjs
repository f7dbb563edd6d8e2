// The README's table of figures, between two marks: from results.json, as the plots are.

import fs from 'node:fs'
import { digits } from './lib/print.mjs'
import { verdicts } from './targets.mjs'

const README = new URL('../README.md', import.meta.url)
const [BEGIN, END] = ['<!-- figures: npm run bench -- --draw -->\n', '<!-- end of figures -->\n']

export function writePage({ machine, places }) {
  const text = fs.readFileSync(README, 'utf8')
  const [from, to] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)]
  if (from < BEGIN.length || to < from) throw new Error('README.md has lost the marks of its figures')
  fs.writeFileSync(README, text.slice(0, from) + figures(machine, places) + text.slice(to))
}

function figures({ date, cpu, cores, system, node }, places) {
  const types = Object.keys(places)
  const columns = types.map((type) => verdicts(places[type]))
  const rows = columns[0].map(({ what, wanted, bound }, row) => {
    const cells = columns.map((column) => `${digits(column[row].value)}${column[row].met ? '' : ' (not met)'}`)
    return [what, `${wanted} ${digits(bound)}`, ...cells]
  })
  const lines = [['', 'target', ...types], Array(types.length + 2).fill('---'), ...rows]
  const table = lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
  return `\n${table}\n${date}, ${cpu}, ${cores} cores, ${system}, Node ${node}.\n\n`
}

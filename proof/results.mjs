// What came of the last long run of each proof. Pages draw their figures from it: `npm run pages`.

import fs from 'node:fs'

const file = new URL('results.json', import.meta.url)

export const results = JSON.parse(fs.readFileSync(file, 'utf8'))

/** Puts in the figures of a run of today. */
export function record(name, figures) {
  const date = new Date().toISOString().slice(0, 10)
  fs.writeFileSync(file, `${JSON.stringify({ ...results, [name]: { date, ...figures } }, null, 2)}\n`)
}

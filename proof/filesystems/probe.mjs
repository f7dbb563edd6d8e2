// `npm run filesystems -- --probe`: a table of what each file system itself does, a line for each.

import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { run } from '../../testkit/mounts.mjs'

const script = fileURLToPath(new URL('probe.py', import.meta.url))

/** What one does, by the question; `type` is what statfs(2) says. */
export function probe(dir) {
  const root = fs.mkdtempSync(`${dir}/probe-`)
  const type = `0x${fs.statfsSync(root).type.toString(16)}`
  return { type, ...JSON.parse(run('python3', script, root)) }
}

/** In Markdown: `measured` is a list of [name, answers]. */
export function table(measured) {
  const questions = [...new Set(measured.flatMap(([, answers]) => Object.keys(answers)))]
  const row = (cells) => `| ${cells.join(' | ')} |`
  const lines = measured.map(([name, answers]) => row([name, ...questions.map((question) => answers[question])]))
  return [row(['file system', ...questions]), row(['', ...questions].map(() => '---')), ...lines].join('\n')
}

// `npm run filesystems -- --probe`: a table of what each file system itself does, a line for each.

import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { run } from './mounts.mjs'

const script = fileURLToPath(new URL('probe.py', import.meta.url))

/** What one does, by the question; `type` is what statfs(2) says. */
export function probe(dir) {
  const root = fs.mkdtempSync(`${dir}/probe-`)
  const type = `0x${fs.statfsSync(root).type.toString(16)}`
  return { type, ...JSON.parse(run('python3', script, root)) }
}

/** In Markdown: `probed` is a list of [name, answers]. */
export function table(probed) {
  const questions = [...new Set(probed.flatMap(([, answers]) => Object.keys(answers)))]
  const row = (cells) => `| ${cells.join(' | ')} |`
  const lines = probed.map(([name, answers]) => row([name, ...questions.map((question) => answers[question])]))
  return [row(['file system', ...questions]), row(['', ...questions].map(() => '---')), ...lines].join('\n')
}

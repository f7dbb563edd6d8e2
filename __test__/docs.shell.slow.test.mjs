// The commands of README.md install the package from this clone, and it works there.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { parsePage } from '../testkit/markdown.mjs'
import { test } from '../testkit/workspace.mjs'

const home = fileURLToPath(new URL('..', import.meta.url))

// Each line says where it is run. Those of docs/speed.md take minutes: the gate runs the bench's short form.
test('sh of README.md', { timeout: 300_000 }, ({ root }) => {
  const project = path.join(root, 'project')
  fs.mkdirSync(project)
  fs.writeFileSync(`${project}/package.json`, '{ "type": "module" }')
  fs.symlinkSync(home, `${root}/the-clone`, 'junction')
  const places = { 'in a clone': home, 'in your project': project }
  const { blocks } = parsePage(fs.readFileSync(path.join(home, 'README.md'), 'utf8'))
  for (const { text } of blocks.filter(({ language }) => language === 'sh')) {
    for (const line of text.trimEnd().split('\n')) {
      const [, command, place] = /^(.*?) +# (in a clone|in your project)/.exec(line)
      execFileSync(command, { cwd: places[place], shell: true, stdio: 'pipe' })
    }
  }
  const use = "import { readJournal } from 'codegraph-journal'; console.log(readJournal('.').valid)"
  const node = ['--input-type=module', '--eval', use]
  expect(execFileSync(process.execPath, node, { cwd: project, encoding: 'utf8' })).toBe('false\n')
})

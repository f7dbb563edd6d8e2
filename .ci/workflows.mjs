// The workflows run nowhere but on GitHub. What can be checked before that: GitHub's own checker says whether they mean anything,
// zizmor what they let others do, and `npm/` whether every platform is built.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { register } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const CHECKER = ['@actions/languageservice@0.3.61', 'vscode-languageserver-textdocument@1.0.12']
const ZIZMOR = 'zizmor==1.32.0'

const home = fileURLToPath(new URL('..', import.meta.url))
const github = path.join(home, '.github')
const workflows = path.join(github, 'workflows')
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'codegraph-journal-workflows-'))
const run = (command, ...args) =>
  spawnSync(command, args, { cwd: scratch, stdio: ['ignore', 'inherit', 'inherit'] }).status

try {
  const found = [...(await mistakes()), ...unbuilt()]
  for (const line of found) console.error(line)
  if (found.length || !isSafe()) process.exitCode = 1
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}

function isSafe() {
  run('python3', '-m', 'pip', 'install', '--quiet', '--root-user-action', 'ignore', '--target', 'python', ZIZMOR)
  const flags = ['--offline', '--no-progress', '--quiet', '--config', path.join(github, 'zizmor.yml')]
  return run('python/bin/zizmor', ...flags, workflows) === 0
}

async function mistakes() {
  run('npm', 'install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', scratch, ...CHECKER)
  // It imports JSON without saying so, as bundlers let it.
  const hook = `export const load = (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context)`
  register(`data:text/javascript,${encodeURIComponent(hook)}`)
  const { validate } = await import(`${scratch}/node_modules/@actions/languageservice/dist/index.js`)
  const { TextDocument } = await import(`${scratch}/node_modules/vscode-languageserver-textdocument/lib/esm/main.js`)

  const found = []
  for (const name of fs.readdirSync(workflows)) {
    const text = fs.readFileSync(path.join(workflows, name), 'utf8')
    const diagnostics = await validate(TextDocument.create(`file:///.github/workflows/${name}`, 'yaml', 1, text))
    found.push(...diagnostics.map(({ range, message }) => `${name}:${range.start.line + 1}: ${message}`))
  }
  return found
}

function unbuilt() {
  const release = fs.readFileSync(path.join(workflows, 'release.yml'), 'utf8')
  const platforms = fs.readdirSync(path.join(home, 'npm'))
  return platforms
    .filter((name) => !release.includes(`platform: ${name},`))
    .map((name) => `release.yml: does not build ${name}`)
}

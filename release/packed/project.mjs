// A user's project: a directory with a package.json and nothing of ours, and commands that run in it.

import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)

// What a program can't run without. No settings, no caches, and nothing that `npm run` has set.
const KEPT = ['PATH', 'PATHEXT', 'COMSPEC', 'SYSTEMROOT', 'TEMP', 'TMPDIR']

export class Project {
  /** `files`: more of them, by name; an object is written as JSON. */
  constructor(scratch, name, files = {}) {
    this.dir = path.join(scratch, 'projects', name)
    const home = path.join(scratch, 'home')
    fs.mkdirSync(home, { recursive: true })
    const kept = Object.entries(process.env).filter(([key]) => KEPT.includes(key.toUpperCase())) // as Windows compares them
    this.env = { ...Object.fromEntries(kept), HOME: home, USERPROFILE: home }
    this.write({ 'package.json': { name, private: true, type: 'module' }, ...files })
  }

  at(...names) {
    return path.join(this.dir, ...names)
  }

  write(files) {
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(this.at(name)), { recursive: true })
      fs.writeFileSync(this.at(name), typeof content === 'object' ? JSON.stringify(content) : content)
    }
  }

  copy(...files) {
    for (const file of files) fs.copyFileSync(file, this.at(path.basename(file)))
  }

  /** Resolves to what the command prints; rejects with all that it said if it fails. */
  async run(command, args) {
    const shell = process.platform === 'win32' && command === 'npm' // a .cmd script there
    const options = { cwd: this.dir, env: this.env, shell, maxBuffer: 2 ** 24, timeout: 120_000 }
    try {
      return (await exec(command, args, options)).stdout.trim()
    } catch ({ message, stdout, killed }) {
      throw new Error([message, stdout, killed && 'killed: it took too long'].filter(Boolean).join('\n'))
    }
  }
}

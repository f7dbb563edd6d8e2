// `npm run simulate`: builds the crate on the simulated system, and plays. What it takes: README.md.

import { spawnSync } from 'node:child_process'

const TARGET = 'target/simulation'
const cargo = ['build', '--quiet', '--profile', 'simulation', '-p', 'codegraph-journal-proof', '--bin', 'simulate']

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

if (process.platform === 'win32') {
  console.log('the simulation plays the lock of Unix, and is not built on Windows')
  process.exit()
}
run('cargo', [...cargo, '--target-dir', TARGET], { RUSTFLAGS: '--cfg simulation' })
run(`${TARGET}/simulation/simulate`, process.argv.slice(2))

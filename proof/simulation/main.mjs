// `npm run simulate`: builds the crate on the simulated system, and plays. What it takes: README.md.

import { spawnSync } from 'node:child_process'

const cargo = ['run', '--quiet', '--profile', 'simulation', '--package', 'codegraph-journal-simulation', '--']

if (process.platform === 'win32') {
  console.log('the simulation plays the lock of Unix, and is not built on Windows')
} else {
  const { status, error } = spawnSync('cargo', [...cargo, ...process.argv.slice(2)], { stdio: 'inherit' })
  if (error) throw error
  process.exitCode = status ?? 1
}

// What some scenarios need of the machine. Each need says what is missing, or nothing.

import { spawnSync } from 'node:child_process'

const isRoot = process.getuid?.() === 0

/** Runs a command in a PID namespace of its own, as process 1. */
export const unshare = [
  ...['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'],
  ...(isRoot ? [] : ['--user', '--map-root-user']),
]

/** The same with bubblewrap, as coding agents run their shells; the command is process 2. */
export const bwrap = ['bwrap', '--unshare-pid', '--die-with-parent', '--dev-bind', '/', '/', '--proc', '/proc']

/** It can be run: the command, with `args` to try it. */
export const runs = once((...command) => {
  const { error, status, stderr } = spawnSync(command[0], command.slice(1), { encoding: 'utf8' })
  if (error) return `${command[0]}: ${error.code}`
  return status === 0 ? undefined : `${command.join(' ')}: ${stderr.trim() || `status ${status}`}`
})

export const unix = () => (process.platform === 'win32' ? 'no Unix' : undefined)
export const linux = () => (process.platform === 'linux' ? undefined : 'no Linux')
export const pidNamespaces = () => linux() ?? runs(...unshare, 'true')
export const bubblewrap = () => linux() ?? runs(...bwrap, 'true')
export const nextPids = () => linux() ?? runs(...unshare, 'sh', '-c', 'echo 100 >/proc/sys/kernel/ns_last_pid')
export const compiler = () => linux() ?? runs('cc', '--version')

/** Asks only once for the same arguments. */
function once(ask) {
  const answers = new Map()
  return (...args) => {
    const key = args.join('\0')
    if (!answers.has(key)) answers.set(key, ask(...args))
    return answers.get(key)
  }
}

/** Why a scenario can't be played here, if so. */
export const missing = ({ needs = [] }) => needs.map((need) => need()).find(Boolean)

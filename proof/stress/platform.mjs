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

const unix = () => (process.platform === 'win32' ? 'no Unix' : undefined)
const linux = () => (process.platform === 'linux' ? undefined : 'no Linux')
export const pidNamespaces = () => linux() ?? runs(...unshare, 'true')
export const bubblewrap = () => linux() ?? runs(...bwrap, 'true')
export const nextPids = () => linux() ?? runs(...unshare, 'sh', '-c', 'echo 100 >/proc/sys/kernel/ns_last_pid')
export const compiler = () => linux() ?? runs('cc', '--version')

/** Why a scenario can't be played here, if so. No lock on Windows is judged by a pid or its age, and nobody is stopped there. */
export const missing = ({ needs = [] }) => [unix, ...needs].map((need) => need()).find(Boolean)

const tried = new Map()

/** Whether a command can be run, tried once: if not, what it said. */
function runs(...command) {
  const line = command.join(' ')
  if (!tried.has(line)) tried.set(line, attempt(line, command))
  return tried.get(line)
}

function attempt(line, [program, ...args]) {
  const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (error) return `${program}: ${error.code}`
  return status === 0 ? undefined : `${line}: ${stderr.trim() || `status ${status}`}`
}

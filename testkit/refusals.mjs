// What the tests of refused system calls have in common: the calls that are made, and how one row of the page is refused.

import { deadPid, jsClaim } from './holder.mjs'
import { FILES, callOf, namesOf } from './system-calls.mjs'

export const T = 1_700_000_000_000

const MINUTE = 60_000

/** Long enough to cross a page's end. */
const batch = (name) => Array.from({ length: 300 }, (_, index) => ({ file: `some/path/${name}-${index}.ts` }))

/** A JS writer's that has died. */
const takeOver = () => ['lockfile', jsClaim(deadPid()), MINUTE]

/**
 * Each function and method, on a journal that is missing, short, long, of another mode, of another width of the stamp, and locked by a
 * dead writer.
 */
const calls = () => [
  ['append', [{ file: 'a' }]],
  ['append', [{ file: 'b' }]],
  ['stamp', [{ file: 'c' }], T],
  ['stamp', batch('d'), T + 123_456],
  ['append', batch('e')],
  ['read'],
  ['Journal.mark'],
  ['Journal.append', [{ file: 'f' }]],
  ['Journal.checkpoint', T + 200_000],
  ['Journal.appendAndStamp', [{ file: 'g' }], T + 200_001],
  ['chmod', 0o600],
  ['stamp', [], 5],
  takeOver(),
  ['append', [{ file: 'h' }]],
  ['header', T + 300_000],
  ['Journal.reset', T + 400_000],
  ['stamp', [{ file: 'i', deleted: true }], T + 400_001],
]

const PLAIN = ['read', 'chmod', 'lockfile']

/** The calls, and the same by their asynchronous twins. */
export const SYNC = calls()
export const ASYNC = [
  ['remove'],
  ...calls().map(([name, ...args]) => [PLAIN.includes(name) ? name : `${name}Async`, ...args]),
]

/** What is refused too, for otherwise the call is never made. */
const BEFORE = { renameat2: 'link' }

/**
 * How strace refuses a row's calls: { faults, paths }. `only` is one of them, { call, nth }: the call by strace's name, and its number in
 * the thread.
 */
export function refusal({ names, file }, error, root, only) {
  const before = names.map((name) => BEFORE[name]).filter(Boolean)
  const refused = only?.call ?? names.map(namesOf).join()
  const faults = [
    `${refused}:error=${error}${only ? `:when=${only.nth}` : ''}`,
    ...before.map((name) => `${namesOf(name)}:error=EPERM`),
  ]
  const of = FILES[file]
  return { faults, paths: of ? [of(root)] : [] }
}

const isOf = ({ names, file }, call) => names.includes(call.name) && call.file === file

/** The first of the row's calls in a trace, for `refusal`: strace counts each of its names by itself. `undefined` if there is none. */
export function firstOf(row, lines, root) {
  const first = lines.find((line) => isOf(row, callOf(line, root)))
  if (!first) return undefined
  const [, call] = /^(\w+)\(/.exec(first)
  const { paths } = refusal(row, 'EIO', root)
  const counts = (line) =>
    line.startsWith(`${call}(`) && (paths.length === 0 || paths.some((each) => isNamed(line, each)))
  return { call, nth: lines.slice(0, lines.indexOf(first) + 1).filter(counts).length }
}

/** Whether strace can refuse the row's calls and no others that the original needs: those on a file by its name, or of a kind of their own. */
export function isSeparate(row) {
  return FILES[row.file] || !['statx', 'read', 'openat'].some((name) => row.names.includes(name))
}

/** How many of the row's calls were refused. */
export function refused(row, { calls }, root) {
  const lines = calls.filter((line) => line.endsWith('(INJECTED)'))
  return lines.map((line) => callOf(line, root)).filter((call) => isOf(row, call)).length
}

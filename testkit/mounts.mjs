// Mounting and unmounting.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('fuse.c', import.meta.url))

/** Why something can't be had on this machine. */
export class Unavailable extends Error {}

/** Runs a command; if it is missing or fails, the error has its first line. */
export function run(program, ...args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch ({ code, stderr, status }) {
    throw new Unavailable(
      `${program}: ${code === 'ENOENT' ? 'not installed' : stderr?.trim().split('\n')[0] || status}`,
    )
  }
}

const mounted = []
const servers = []

/** What takes longer than this never comes. */
const PATIENCE_MS = 20_000

export function mount(at, ...args) {
  fs.mkdirSync(at, { recursive: true })
  run('mount', ...args, at)
  mounted.push(at)
  return at
}

/** A file system in a file beside `at`, made by a command. */
export function mountDisk(at, [program, ...args], options = 'rw') {
  const disk = `${at}.disk`
  fs.writeFileSync(disk, '')
  fs.truncateSync(disk, 512 * 2 ** 20)
  run(program, ...args, disk)
  return mount(at, '-o', `loop,${options}`, disk)
}

/** A directory through FUSE. An option that is an error is given by its name. */
export function mountFuse(at, behind, options = {}) {
  const program = path.join(path.dirname(at), 'fuse')
  if (!fs.existsSync(program)) {
    const flags = run('pkg-config', '--cflags', '--libs', 'fuse3').trim().split(/\s+/)
    run('cc', '-O2', '-o', program, source, ...flags)
  }
  for (const directory of [at, behind]) fs.mkdirSync(directory, { recursive: true })
  const words = Object.entries(options).map(([name, value]) =>
    value === true ? name : `${name}=${errno(value) ?? value}`,
  )
  run(program, behind, at, '-o', ['allow_other', 'default_permissions', ...words].join(','))
  mounted.push(at)
  return at
}

const errno = (name) => os.constants.errno[name]

/**
 * Runs a program that mounts a file system at `at` and serves it from the background. The program's output goes into a file, for what
 * goes on in the background would keep a pipe open.
 */
export async function mountBy(at, program, args, { input = '', env } = {}) {
  fs.mkdirSync(at, { recursive: true })
  const log = `${at}.log`
  const output = fs.openSync(log, 'w')
  const { error, status } = spawnSync(program, args, { input, env, stdio: ['pipe', output, output] })
  fs.closeSync(output)
  if (error?.code === 'ENOENT') throw new Unavailable(`${program}: not installed`)
  const isMounted = () => fs.statSync(at).dev !== fs.statSync(path.dirname(at)).dev
  const deadline = performance.now() + PATIENCE_MS
  while (status === 0 && !isMounted() && performance.now() < deadline) await sleep(20)
  if (!isMounted())
    throw new Unavailable(`${program}: ${fs.readFileSync(log, 'utf8').trim().replaceAll('\n', '; ') || status}`)
  mounted.push(at)
  return at
}

/** Starts a server that a file system talks to; resolves when it listens. `unmountAll` ends it. */
export async function serve(program, args, address) {
  const server = spawn(program, args, { stdio: 'ignore' })
  const failed = once(server, 'error').then(([{ code }]) => {
    throw new Unavailable(`${program}: ${code === 'ENOENT' ? 'not installed' : code}`)
  })
  servers.push(server)
  await Promise.race([failed, listens(address, program)])
}

async function listens(address, program) {
  const [host, port] = address.split(':')
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(50)) {
    const socket = net.connect(Number(port), host)
    try {
      await once(socket, 'connect')
      return
    } catch {
      // It is not there yet.
    } finally {
      socket.destroy()
    }
  }
  throw new Unavailable(`${program}: does not listen`)
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return String(port)
}

/** Also what somebody still uses: it is gone when they are. */
export function unmountAll() {
  for (const at of mounted.splice(0).reverse()) run('umount', '--lazy', at)
  for (const server of servers.splice(0)) server.kill()
}

/** Ends what still runs in this mount namespace, besides this process, and reports it. A server ends some time after its last user. */
export async function endLeftovers() {
  const deadline = performance.now() + PATIENCE_MS
  while (othersHere().length > 0 && performance.now() < deadline) await sleep(50)
  const left = othersHere()
  for (const { pid } of left) process.kill(pid, 'SIGKILL')
  return left.map(({ name }) => name)
}

function othersHere() {
  const here = fs.readlinkSync('/proc/self/ns/mnt')
  const numbers = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  return numbers.flatMap((pid) => {
    try {
      if (fs.readlinkSync(`/proc/${pid}/ns/mnt`) !== here) return []
      return [{ pid: Number(pid), name: fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim() }]
    } catch (error) {
      if (['ENOENT', 'ESRCH', 'EACCES'].includes(error.code)) return [] // has just ended
      throw error
    }
  })
}

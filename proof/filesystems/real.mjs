// The real file systems that people keep projects on and that a program serves (FUSE): how each is mounted, and what it lacks.

import fs from 'node:fs'
import { Unavailable, freePort, mountBy, mountDisk, run, serve } from '../../testkit/mounts.mjs'

const SFTP_SERVER = '/usr/lib/openssh/sftp-server'
const PASSWORD = 'password\n'
const DISK_BYTES = 64 * 2 ** 20

const real = (name, make, ...lacks) => ({ name, make, isReal: true, lacks: ['domain', 'cache', ...lacks] })

/** The directory that is shown at `at`. */
function behind(at) {
  fs.mkdirSync(`${at}.behind`)
  return `${at}.behind`
}

/** A file beside `at`, readable to its owner only. */
function beside(at, suffix, content, mode = 0o600) {
  fs.writeFileSync(`${at}.${suffix}`, content, { mode })
  return `${at}.${suffix}`
}

function image(at, ...command) {
  fs.truncateSync(beside(at, 'disk', ''), DISK_BYTES)
  const [program, ...args] = command
  run(program, ...args, `${at}.disk`)
  return `${at}.disk`
}

const mergerfs = (options) => (at) => mountBy(at, 'mergerfs', ['-o', options, behind(at), at])

/** The server is a child of sshfs, at the other end of a socket pair: no network, no keys. */
function sshfs(at) {
  if (!fs.existsSync(SFTP_SERVER)) throw new Unavailable(`${SFTP_SERVER}: not installed`)
  const server = beside(at, 'server', `#!/bin/sh\nexec ${SFTP_SERVER}\n`, 0o700)
  return mountBy(at, 'sshfs', ['-o', `allow_other,ssh_command=${server}`, `none:${behind(at)}`, at])
}

const rclone = (at) =>
  mountBy(at, 'rclone', [
    ...['mount', '--daemon', '--config', '/dev/null', '--cache-dir', `${at}.cache`],
    ...['--allow-other', '--vfs-cache-mode', 'full', behind(at), at],
  ])

function gocryptfs(at) {
  const password = ['-quiet', '-passfile', beside(at, 'password', PASSWORD)]
  const cipher = behind(at)
  run('gocryptfs', '-init', ...password, cipher)
  return mountBy(at, 'gocryptfs', ['-allow_other', ...password, cipher, at])
}

const encfs = (at) =>
  mountBy(at, 'encfs', ['--standard', '--stdinpass', '--public', behind(at), at], { input: PASSWORD })

function cryfs(at) {
  fs.mkdirSync(`${at}.home`)
  const env = { ...process.env, HOME: `${at}.home`, CRYFS_FRONTEND: 'noninteractive' }
  return mountBy(at, 'cryfs', [behind(at), at, '-o', 'allow_other'], { input: PASSWORD, env })
}

function fuseOverlayfs(at) {
  const [lower, work] = [`${at}.lower`, `${at}.work`]
  for (const layer of [lower, work]) fs.mkdirSync(layer)
  const layers = `lowerdir=${lower},upperdir=${behind(at)},workdir=${work}`
  return mountBy(at, 'fuse-overlayfs', ['-o', `allow_other,${layers}`, at])
}

/** Its program takes no file for a disk. Detached at once, the loop device stays for as long as it is in use. */
async function exfat(at) {
  const device = run('losetup', '--find', '--show', image(at, 'mkfs.exfat')).trim()
  try {
    return await mountBy(at, 'mount.exfat-fuse', [device, at, '-o', 'umask=0'])
  } finally {
    run('losetup', '--detach', device)
  }
}

async function davfs(at) {
  const address = `127.0.0.1:${await freePort()}`
  await serve('rclone', ['serve', 'webdav', '--config', '/dev/null', '--addr', address, behind(at)], address)
  fs.mkdirSync(`${at}.cache`)
  fs.chmodSync(`${at}.cache`, 0o777) // its program gives up root
  const settings = {
    use_locks: 0,
    ask_auth: 0,
    delay_upload: 0,
    gui_optimize: 0,
    buf_size: 64,
    cache_dir: `${at}.cache`,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`)
  const conf = beside(at, 'conf', lines.join(''), 0o644)
  return mountBy(at, 'mount.davfs', [`http://${address}/`, at, '-o', `conf=${conf},dir_mode=0777,file_mode=0666`])
}

async function s3fs(at) {
  const port = await freePort()
  await serve('moto_server', ['-H', '127.0.0.1', '-p', port], `127.0.0.1:${port}`)
  const url = `http://127.0.0.1:${port}`
  await fetch(`${url}/bucket`, { method: 'PUT' })
  const keys = beside(at, 'keys', 'name:key\n')
  const options = `allow_other,umask=0,use_path_request_style,url=${url},passwd_file=${keys}`
  return mountBy(at, 's3fs', ['bucket', at, '-o', options])
}

export const realKinds = [
  real('bindfs', (at) => mountBy(at, 'bindfs', [behind(at), at])),
  real('mergerfs', mergerfs('allow_other')),
  real('mergerfs with cache', mergerfs('allow_other,cache.files=auto-full,dropcacheonclose=true')),
  real('sshfs', sshfs),
  real('unionfs-fuse', (at) => mountBy(at, 'unionfs-fuse', ['-o', 'allow_other', `${behind(at)}=RW`, at])),
  real('rclone', rclone, 'links'),
  real('gocryptfs', gocryptfs),
  real('encfs', encfs),
  real('cryfs', cryfs, 'links'),
  real('fuse-overlayfs', fuseOverlayfs),
  real('ntfs-3g', (at) => mountBy(at, 'ntfs-3g', [image(at, 'mkfs.ntfs', '-F', '-q'), at]), 'modes'),
  real('exfat', exfat, 'links', 'modes'),
  real('vfat', (at) => mountDisk(at, ['mkfs.vfat'], 'umask=0'), 'links', 'modes'),
  real('davfs2', davfs, 'links', 'modes'),
  real('s3fs', s3fs, 'links', 'modes'),
]

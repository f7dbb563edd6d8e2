// The file systems: how each is made in a directory, and what it lacks (`lacks.mjs`).

import { mount, mountDisk, mountFuse, run } from '../../testkit/mounts.mjs'
import { realKinds } from './real.mjs'

const disk = (...command) => ({ make: (at) => mountDisk(at, command) })

function fuse(options) {
  return (at) => mountFuse(at, `${at}.behind`, options)
}

/** Views a lower layer and an upper one as one. */
function overlay(at) {
  const layers = ['lower', 'upper', 'work'].map((layer) => `${at}.${layer}`)
  run('mkdir', '-m', '1777', ...layers)
  const [lower, upper, work] = layers
  return mount(at, '-t', 'overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, 'overlay')
}

export const kinds = [
  { name: 'tmpfs', make: (at) => mount(at, '-t', 'tmpfs', 'tmpfs') },
  { name: 'ext4', ...disk('mkfs.ext4', '-q') },
  { name: 'xfs', ...disk('mkfs.xfs', '-q') },
  { name: 'btrfs', ...disk('mkfs.btrfs', '-q') },
  { name: 'overlayfs', make: overlay },
  { name: 'FUSE', make: fuse({}), lacks: ['domain', 'cache'] },
  {
    name: 'FUSE without hard links',
    make: fuse({ link_error: 'EPERM' }),
    lacks: ['domain', 'cache', 'links'],
  },
  {
    name: 'FUSE without kernel locks',
    make: fuse({ flock_error: 'ENOLCK' }),
    lacks: ['domain', 'cache', 'locks'],
  },
  {
    name: 'FUSE without either',
    make: fuse({ link_error: 'EOPNOTSUPP', flock_error: 'ENOSYS' }),
    lacks: ['domain', 'cache', 'links', 'locks'],
  },
  { name: 'FUSE whose locks lie', make: fuse({ flock_lies: true }), lacks: ['domain', 'cache'] },
  ...realKinds,
]

/** No file system, but more than one way to the same files: its tests mount what they need. */
export const ways = { name: 'two ways', make: (at) => mount(at, '-t', 'tmpfs', 'tmpfs'), mounts: true }

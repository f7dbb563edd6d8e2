// What a binary may ask of the system that loads it. The binaries here are no more than their headers.

import crypto from 'node:crypto'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { check } from '../release/platforms/check.mjs'
import { PLATFORMS } from '../release/platforms/list.mjs'
import { test } from '../testkit/workspace.mjs'

const WINDOWS = Object.keys(PLATFORMS).filter((name) => name.startsWith('win32'))
const MODULE = Buffer.from('napi_register_module_v1\0')

/** Checks these bytes as the binary of the platform. */
function checked(root, name, bytes) {
  const file = `${root}/binary.node`
  fs.writeFileSync(file, bytes)
  return () => check(file, PLATFORMS[name])
}

/** Bytes of a fixed size, with these fields: [offset, number, size in bytes]. */
function bytesOf(size, fields, order = 'LE') {
  const bytes = Buffer.alloc(size)
  for (const [at, number, width = 4] of fields)
    width === 1 ? bytes.writeUInt8(number, at) : bytes[`writeUInt${8 * width}${order}`](number, at)
  return bytes
}

/** A Windows library of one section, which asks for these others. */
function windowsLibrary(imported, delayed = []) {
  const [ADDRESS, SECTIONS] = [0x1000, 0x188]
  const tables = [
    { names: imported, size: 20, name: 12 },
    { names: delayed, size: 32, name: 4 },
  ]
  const names = [...imported, ...delayed].map((name) => Buffer.from(`${name}\0`))
  const places = []
  let length = 0
  for (const { names, size } of tables) {
    places.push(length)
    length += (names.length + 1) * size
  }
  const section = Buffer.concat([Buffer.alloc(length), ...names, MODULE])
  let at = length
  tables.forEach(({ names, size, name }, table) =>
    names.forEach((library, index) => {
      section.writeUInt32LE(ADDRESS + at, places[table] + index * size + name)
      at += library.length + 1
    }),
  )
  const header = bytesOf(0x200, [
    [0x3c, 0x80],
    [0x80, 0x4550],
    [0x86, 1, 2],
    [0x94, 0xf0, 2],
    [0x98, 0x20b, 2],
    [0x98 + 108, 16],
    [0x98 + 112 + 8, ADDRESS + places[0]],
    [0x98 + 112 + 8 * 13, delayed.length > 0 ? ADDRESS + places[1] : 0],
    [SECTIONS + 12, ADDRESS],
    [SECTIONS + 16, section.length],
    [SECTIONS + 20, 0x200],
  ])
  return Buffer.concat([header, section])
}

/** A macOS library for this version, signed page by page. */
function macLibrary(version) {
  const [LIMIT, PAGE, HASHES] = [6000, 4096, 44]
  const code = bytesOf(LIMIT, [
    [16, 2], // load commands
    [32, 0x32], // LC_BUILD_VERSION
    [36, 24],
    [44, version],
    [56, 0x1d], // LC_CODE_SIGNATURE
    [60, 16],
    [64, LIMIT],
  ])
  MODULE.copy(code, 5000)
  const hash = (at) =>
    crypto
      .createHash('sha256')
      .update(code.subarray(at, at + PAGE))
      .digest()
  const directory = bytesOf(
    HASHES,
    [
      [0, 0xfade0c02],
      [16, HASHES],
      [28, 2],
      [32, LIMIT],
      [36, 32, 1],
      [37, 2, 1],
      [39, 12, 1],
    ],
    'BE',
  )
  const index = bytesOf(
    20,
    [
      [8, 1],
      [16, 20],
    ],
    'BE',
  )
  return Buffer.concat([code, index, directory, hash(0), hash(PAGE)])
}

test.each(Object.keys(PLATFORMS))('%s: built, packed and loaded', (name) => {
  const home = fileURLToPath(new URL('..', import.meta.url))
  expect(fs.existsSync(`${home}/npm/${name}/package.json`)).toBe(true)
  const loader = fs.readFileSync(`${home}/lib/native.js`, 'utf8')
  expect(loader).toContain(`require('../codegraph-journal.${name}.node')`)
  expect(loader).toContain(`require('codegraph-journal-${name}')`)
  const release = fs.readFileSync(`${home}/.github/workflows/release.yml`, 'utf8')
  expect(release.split(`platform: ${name},`)).toHaveLength(3) // built, and installed
})

describe.each(WINDOWS)('%s', (name) => {
  test('may ask for what Windows has', ({ root }) => {
    const library = windowsLibrary(['KERNEL32.dll', 'api-ms-win-crt-heap-l1-1-0.dll'], ['ntdll.dll'])
    expect(checked(root, name, library)()).toContain('wants kernel32.dll, api-ms-win-crt-heap-l1-1-0.dll, ntdll.dll')
  })

  test.for([
    ["Microsoft's C++ runtime", ['KERNEL32.dll', 'VCRUNTIME140.dll'], [], 'vcruntime140.dll'],
    ['it only when it is used', ['KERNEL32.dll'], ['VCRUNTIME140_1.dll'], 'vcruntime140_1.dll'],
    ['the program that loads it', ['node.exe'], [], 'node.exe'],
  ])('may not ask for %s', ([, imported, delayed, refused], { root }) => {
    expect(checked(root, name, windowsLibrary(imported, delayed))).toThrow(`wants ${refused}, which Windows does not`)
  })

  test('is a Windows library', ({ root }) => expect(checked(root, name, macLibrary(0))).toThrow('no Windows library'))
})

describe('darwin-arm64', () => {
  const name = 'darwin-arm64'
  // Apple's own tool wants more of a signature than this.
  test.skipIf(process.platform === 'darwin')('is signed', ({ root }) => {
    expect(checked(root, name, macLibrary(11 << 16))()).toContain('wants macOS 11.0, signed, 2 pages')
  })

  test('may not ask for a newer macOS', ({ root }) => {
    expect(checked(root, name, macLibrary(12 << 16))).toThrow('wants macOS 12.0, newer than 11.0')
  })

  test.for([0, 5999])('may not be changed behind its signature, at byte %i', (at, { root }) => {
    const library = macLibrary(11 << 16)
    library[at] ^= 1
    expect(checked(root, name, library)).toThrow(`page ${at === 0 ? 0 : 1} is not the one that was signed`)
  })

  test('may not be unsigned, or signed in part', ({ root }) => {
    const unsigned = macLibrary(11 << 16)
    unsigned.writeUInt32LE(0x26, 56)
    expect(checked(root, name, unsigned)).toThrow('is not signed')
    const inPart = macLibrary(11 << 16)
    inPart.writeUInt32BE(4096, 6000 + 20 + 32)
    expect(checked(root, name, inPart)).toThrow('does not cover all of it')
  })
})

// `npm run platform -- NAME`: the binary of one platform, as it is published, as codegraph-journal.NAME.node in this directory.
//
//   npm run platform -- NAME           build it; says what it needs and how large it is, and fails over the limits
//   npm run platform -- NAME --test    build it and run the suite over it, where this machine can: `docs/platforms.md`
//   npm run platform -- NAME --test --node 24 -- FILTER…
//
// The names are those of `npm/`. Needs python3 with pip for zig; on a Rust without its library's sources (`rustup component add
// rust-src`) also Debian 12, whose own are taken.

import path from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { check } from './check.mjs'
import { PLATFORMS } from './list.mjs'
import { runSuite } from './suite.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { test: { type: 'boolean', default: false }, node: { type: 'string' } },
})
const [name, ...filters] = positionals
const platform = PLATFORMS[name]
if (!platform)
  throw new TypeError(`usage: npm run platform -- NAME [--test], NAME one of ${Object.keys(PLATFORMS).join(', ')}`)

const binary = build(name, platform)
console.log(`${path.basename(binary)}: ${check(binary, platform)}`)
if (options.test) process.exitCode = await runSuite(name, binary, options.node, filters)

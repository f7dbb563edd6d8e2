// The platforms of `npm/`: what each is built for, by what, and what can run it on another machine.

/**
 * `target` is Rust's name for it. `zig` says that zig links it on any machine; the others are linked by their own system's tools, and on
 * Linux by zig too, but then only for tests. `floor` is the oldest system: of glibc, or macOS.
 */
export const PLATFORMS = {
  'linux-x64-gnu': { target: 'x86_64-unknown-linux-gnu', zig: true, floor: '2.17' },
  'linux-arm64-gnu': { target: 'aarch64-unknown-linux-gnu', zig: true, floor: '2.17' },
  'linux-x64-musl': { target: 'x86_64-unknown-linux-musl', zig: true },
  'darwin-x64': { target: 'x86_64-apple-darwin', floor: '10.13' },
  'darwin-arm64': { target: 'aarch64-apple-darwin', floor: '11.0' },
  // Elsewhere its twin for MinGW: the same code of ours, linked without Microsoft's libraries.
  'win32-x64-msvc': { target: 'x86_64-pc-windows-msvc', elsewhere: 'x86_64-pc-windows-gnu' },
  'win32-arm64-msvc': { target: 'aarch64-pc-windows-msvc', elsewhere: 'aarch64-pc-windows-gnullvm' },
}

/** Of each binary, in bytes. */
export const LARGEST = 600_000

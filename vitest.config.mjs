import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['__test__/**/*.test.mjs'],
    globalSetup: 'testkit/original.mjs',
    // Real processes: the tests set umasks, change directory and hand file descriptors around.
    pool: 'forks',
    // One file at a time: several measure waiting, and a busy neighbour would be measured with it.
    fileParallelism: false,
    testTimeout: 30_000,
    maxConcurrency: 32, // of those marked concurrent: they do nothing but wait
  },
})

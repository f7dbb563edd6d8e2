// The tests of `npm test`: all but the slow ones, and what measures nothing side by side.

import { defineConfig } from 'vitest/config'
import all from './vitest.config.mjs'

const SLOW = '**/*.slow.test.mjs'

/** They need a processor at once: writers that have to meet, and an event loop whose delay is measured. */
const ALONE = ['__test__/processes.test.mjs', '__test__/async.loop.test.mjs']

/** Of the property tests; `npm run test:slow` makes more. */
const FC_RUNS = process.env.FC_RUNS ?? '150'

const project = (name, test) => ({ test: { ...all.test, name, env: { FC_RUNS }, ...test } })

export default defineConfig({
  test: {
    projects: [
      project('alone', { include: ALONE }),
      project('side by side', {
        exclude: [SLOW, ...ALONE],
        fileParallelism: true,
        maxWorkers: 3, // of two processors: half of the files only wait
        sequence: { groupOrder: 1 },
      }),
    ],
  },
})

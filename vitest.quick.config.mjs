// The tests of `npm test`: all but the slow ones, several files side by side.

import { mergeConfig } from 'vitest/config'
import all from './vitest.config.mjs'

export default mergeConfig(all, {
  test: {
    exclude: ['**/*.slow.test.mjs'],
    fileParallelism: true,
    maxWorkers: 3, // of two cores: half of the files only wait
  },
})

import { mergeConfig } from 'vitest/config'
import base from '../../vitest.config.mjs'

const config = mergeConfig(base, { test: { testTimeout: 120_000 } })
config.test.include = ['proof/filesystems/*.test.mjs']
export default config

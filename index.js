'use strict'

const functions = require('./lib/journal.js')

// The first half has no names when it runs: Node finds them there for `import { … } from 'codegraph-journal'`.
module.exports = { ...require('./lib/journal.js'), ...functions() }

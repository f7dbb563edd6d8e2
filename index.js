'use strict'

const functions = require('./lib/journal.js')

// The first half adds nothing at run time. Node looks there for the names of `import { … } from 'codegraph-journal'`.
module.exports = { ...require('./lib/journal.js'), ...functions() }

'use strict'

const { byDir } = require('./lib/journal.js')

// The names are those of `index.js`, where `import { … } from 'codegraph-journal/dir'` finds them.
module.exports = { ...require('./index.js'), ...byDir }

'use strict'

const functions = require('./lib/journal.js')

// As in `index.js`.
module.exports = { ...require('./lib/journal.js'), ...functions('journalDir', '') }

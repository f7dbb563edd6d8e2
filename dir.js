'use strict'

const { dir } = require('./index.js')

// One by one, so that `import { … } from 'codegraph-journal/dir'` finds the names.
module.exports.JOURNAL_FILENAME = dir.JOURNAL_FILENAME
module.exports.appendJournalEntries = dir.appendJournalEntries
module.exports.appendJournalEntriesAndStampHeader = dir.appendJournalEntriesAndStampHeader
module.exports.readJournal = dir.readJournal
module.exports.writeJournalHeader = dir.writeJournalHeader

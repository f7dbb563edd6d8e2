'use strict'

const { dir } = require('./lib/dialects.js')

// One by one, so that `import { … } from 'codegraph-journal/dir'` finds the names.
module.exports.JOURNAL_FILENAME = dir.JOURNAL_FILENAME
module.exports.Journal = dir.Journal
module.exports.appendJournalEntries = dir.appendJournalEntries
module.exports.appendJournalEntriesAndStampHeader = dir.appendJournalEntriesAndStampHeader
module.exports.appendJournalEntriesAndStampHeaderAsync = dir.appendJournalEntriesAndStampHeaderAsync
module.exports.appendJournalEntriesAsync = dir.appendJournalEntriesAsync
module.exports.readJournal = dir.readJournal
module.exports.writeJournalHeader = dir.writeJournalHeader
module.exports.writeJournalHeaderAsync = dir.writeJournalHeaderAsync

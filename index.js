'use strict'

const { dir, root } = require('./lib/dialects.js')

// One by one, so that `import { … } from 'codegraph-journal'` finds the names.
module.exports.JOURNAL_FILENAME = root.JOURNAL_FILENAME
module.exports.Journal = root.Journal
module.exports.appendJournalEntries = root.appendJournalEntries
module.exports.appendJournalEntriesAndStampHeader = root.appendJournalEntriesAndStampHeader
module.exports.appendJournalEntriesAndStampHeaderAsync = root.appendJournalEntriesAndStampHeaderAsync
module.exports.appendJournalEntriesAsync = root.appendJournalEntriesAsync
module.exports.readJournal = root.readJournal
module.exports.writeJournalHeader = root.writeJournalHeader
module.exports.writeJournalHeaderAsync = root.writeJournalHeaderAsync
module.exports.dir = dir

'use strict'

const { byRoot } = require('./lib/journal.js')

// One by one, so that `import { … } from 'codegraph-journal'` finds the names.
module.exports.JOURNAL_FILENAME = byRoot.JOURNAL_FILENAME
module.exports.Journal = byRoot.Journal
module.exports.appendJournalEntries = byRoot.appendJournalEntries
module.exports.appendJournalEntriesAndStampHeader = byRoot.appendJournalEntriesAndStampHeader
module.exports.appendJournalEntriesAndStampHeaderAsync = byRoot.appendJournalEntriesAndStampHeaderAsync
module.exports.appendJournalEntriesAsync = byRoot.appendJournalEntriesAsync
module.exports.checkpointJournal = byRoot.checkpointJournal
module.exports.checkpointJournalAsync = byRoot.checkpointJournalAsync
module.exports.markJournal = byRoot.markJournal
module.exports.markJournalAsync = byRoot.markJournalAsync
module.exports.readJournal = byRoot.readJournal
module.exports.setWarningHandler = byRoot.setWarningHandler
module.exports.writeJournalHeader = byRoot.writeJournalHeader
module.exports.writeJournalHeaderAsync = byRoot.writeJournalHeaderAsync

'use strict'

const { byDir } = require('./lib/functions.js')

// One by one, so that `import { … } from 'codegraph-journal/dir'` finds the names.
module.exports.JOURNAL_FILENAME = byDir.JOURNAL_FILENAME
module.exports.Journal = byDir.Journal
module.exports.appendJournalEntries = byDir.appendJournalEntries
module.exports.appendJournalEntriesAndStampHeader = byDir.appendJournalEntriesAndStampHeader
module.exports.appendJournalEntriesAndStampHeaderAsync = byDir.appendJournalEntriesAndStampHeaderAsync
module.exports.appendJournalEntriesAsync = byDir.appendJournalEntriesAsync
module.exports.checkpointJournal = byDir.checkpointJournal
module.exports.checkpointJournalAsync = byDir.checkpointJournalAsync
module.exports.markJournal = byDir.markJournal
module.exports.markJournalAsync = byDir.markJournalAsync
module.exports.readJournal = byDir.readJournal
module.exports.setWarningHandler = byDir.setWarningHandler
module.exports.writeJournalHeader = byDir.writeJournalHeader
module.exports.writeJournalHeaderAsync = byDir.writeJournalHeaderAsync

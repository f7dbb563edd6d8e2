// The types of codegraph-journal/dir: those of codegraph-journal. What is called `rootDir` there is the journal's own directory here, and the
// journal is `<rootDir>/changes.journal`.

export * from './index.js'

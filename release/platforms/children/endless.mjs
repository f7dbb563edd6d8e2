// node endless.mjs NAME MODULE ROOT [END]: a writer without end, or until that time (milliseconds since 1970). It logs each entry that was
// acknowledged, and the milliseconds it took. Its first line is its process id.

import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [name, module, root, end = Infinity] = process.argv.slice(2)
const { appendJournalEntries } = await import(pathToFileURL(module).href)
const log = fs.openSync(path.join(root, `${name}.log`), 'a')
fs.writeSync(log, `${process.pid}\n`)
for (let number = 0; Date.now() < end; number++) {
  const file = `${name}/${number}`
  const begun = performance.now()
  try {
    appendJournalEntries(root, [{ file }])
    fs.writeSync(log, `${file} ${performance.now() - begun}\n`)
  } catch (error) {
    fs.writeSync(log, `! ${error.message.replaceAll('\n', ' ')}\n`)
  }
}

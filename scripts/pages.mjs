// `npm run pages`: draws the parts of the pages that come from somewhere else. A test says which are stale.

import fs from 'node:fs'
import { pages as ofBench, recorded } from '../bench/page.mjs'
import { pages as ofProofs } from '../proof/pages.mjs'

for (const [page, text] of Object.entries({ ...ofBench(recorded()), ...ofProofs() }))
  fs.writeFileSync(new URL(`../${page}`, import.meta.url), text)

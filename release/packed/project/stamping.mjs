// What a native writer writes without a pause, and how a reader sees whether it has found a part of that. As a program: the writer, until it is killed.

import { fileURLToPath } from 'node:url'

const BATCH = 10
const ROUNDS = 20 // to a reset
const NAME_LENGTH = 300
const BASE = 1_700_000_000_000

const fileOf = (number) => String(number).padStart(NAME_LENGTH, 'f')

/** A reset's timestamp is even, a stamp's odd: so is none whose last digits are cleared, which a reader may find meanwhile. */
const resetOf = (round) => BASE + 2 * round
const stampOf = (round) => resetOf(round) + 1

/** Which names of a journal as read are cut short, and whether the timestamp's own entries are missing. */
export function faultsOf({ timestamp, changed }) {
  const whole = changed.filter(({ length }) => length === NAME_LENGTH)
  const round = Math.floor((timestamp - BASE) / 2)
  const isStamp = timestamp === stampOf(round)
  return {
    inPart: changed.length - whole.length,
    isEarly: isStamp && whole.at(-1) < fileOf(round * BATCH + BATCH - 1),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { appendJournalEntriesAndStampHeader, writeJournalHeader } = await import('codegraph-journal')
  const [root] = process.argv.slice(2)
  const starter = process.ppid
  for (let round = 0; process.ppid === starter; round++) {
    if (round % ROUNDS === 0) writeJournalHeader(root, resetOf(round))
    const entries = Array.from({ length: BATCH }, (_, index) => ({ file: fileOf(round * BATCH + index) }))
    appendJournalEntriesAndStampHeader(root, entries, stampOf(round))
  }
}

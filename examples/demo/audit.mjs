// Was an acknowledged entry lost?
//
// There is one appender, the watcher, so all entries acknowledged to it make one sequence. Only a
// reset takes entries away: a build's call of writeJournalHeader, or the Rust engine's own rewrite
// of the journal, which takes no lock. A reset takes all there is at its moment, and a checkpoint, with
// `--checkpoint`, all there was when its build read the journal. Hence the rule:
//
//   At every look the journal is that sequence with a front part cut off, and the cut is at a place
//   where a reset may have made it: between what had been acknowledged when the reset (of a
//   checkpoint: the read) began and what had been begun when it ended.
//
// An entry missing anywhere else is lost, be it in the middle, at the end, or because the journal
// was emptied while nobody was resetting it. There is no false alarm: a call in flight during a
// look may show or not, and a reset in flight may have cut or not. What it can't see: an entry that
// vanishes and is then covered by a reset before anybody looks; every call of every process looks
// just before and just after itself, so that gap is the one between two neighbouring calls.

/** The text of a journal line, as the module writes it. */
export const lineOf = ({ file, deleted }) => (deleted ? `DELETED ${file}` : file)

/**
 * @param appends records of append calls, in order
 * @param resets `{ begin, end, read }` of all that may have reset the journal; `read` is that of a checkpoint
 * @param reads records of `readJournal` calls
 * @param looks `{ begin, end, lines }` of all looks, in order
 */
export function audit({ appends, resets, reads, looks }) {
  const { entries, starts } = sequence(appends)
  const lost = new Set()
  let wiped = 0
  for (const look of looks) {
    const acknowledged = entries.findLastIndex((entry) => entry.end <= look.begin) + 1
    const begun = entries.filter((entry) => entry.begin < look.end).length
    // However much of a call in flight shows: if one reading of the look is in order, it is.
    const readings = []
    for (let shown = acknowledged; shown <= begun; shown++) readings.push(reading(look, shown))
    const best = readings.reduce((a, b) => (b.lost.length < a.lost.length ? b : a))
    for (const entry of best.lost) lost.add(entry)
    wiped = Math.max(wiped, best.legal)
  }
  const gone = entries.slice(0, wiped).filter((entry) => !lost.has(entry))
  const unread = gone.filter((entry) => !reads.some((read) => wasRead(entry, read)))
  return { lost: [...lost], wiped: gone.length, unread }

  function reading(look, shown) {
    const { cut, missing } = align(entries.slice(0, shown), look)
    const legal = legalCut(entries, starts, resets, look, cut)
    const unexplained = entries.slice(legal, cut).filter((entry) => entry.end <= look.begin)
    return { legal, lost: [...missing, ...unexplained] }
  }
}

/** All entries in order, each with the interval of its call, and the places where a call starts. */
function sequence(appends) {
  const entries = []
  const starts = []
  for (const { args, begin, end, error } of appends) {
    starts.push(entries.length)
    // A refused call promised nothing: its entries may show, and need not.
    for (const entry of args[0]) entries.push({ line: lineOf(entry), begin, end: error ? Infinity : end })
  }
  return { entries, starts: [...starts, entries.length] }
}

/**
 * Lays what a look saw against the sequence, from the back. `cut` is where the match ends in front;
 * `missing` are acknowledged entries behind it that were not seen.
 */
function align(entries, look) {
  const missing = []
  let cut = entries.length
  for (let seen = look.lines.length; seen > 0 && cut > 0; cut--) {
    const entry = entries[cut - 1]
    if (entry.line === look.lines[seen - 1]) seen--
    else if (entry.end <= look.begin) missing.push(entry)
  }
  return { cut, missing }
}

/** The place nearest to `cut`, in front of it or on it, where a reset may have cut by then. */
function legalCut(entries, starts, resets, look, cut) {
  let legal = 0
  for (const reset of resets) {
    if (reset.begin >= look.end) continue
    const { begin, end } = reset.read ?? reset
    const from = entries.filter((entry) => entry.end <= begin).length
    const to = entries.filter((entry) => entry.begin < end).length
    const places = starts.filter((start) => start >= from && start <= Math.min(to, cut))
    legal = Math.max(legal, ...places)
  }
  return legal
}

/** Did this build learn of the entry's file after the entry had been written? */
function wasRead({ line, end }, { begin, result }) {
  if (!result?.valid || begin < end) return false
  return result.changed.includes(line) || result.removed.some((file) => line === `DELETED ${file}`)
}

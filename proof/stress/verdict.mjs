// What a round came to.

import { account, toldBy } from '../../testkit/account.mjs'

/** A native writer that timed out. */
const TIMED_OUT = /^ERR_JOURNAL_LOCK_TIMEOUT:/

/** What a thread hears that runs on for a moment while it is being terminated. */
const TERMINATED = /^ERR_JOURNAL_TERMINATED:/

/** What a JS writer that is killed leaves behind, and only the next one to stamp removes. */
const LEFT_BY_JS = 'changes.journal.tmp'

/** Whose entries must be there, by what a scenario demands. The last writer's always: nobody else was alive. */
const DEMANDED = {
  everything: () => true,
  natives: ({ js }) => !js,
  nothing: ({ name }) => name === 'last',
}

/**
 * Judges the journal at a storm's end. Returns numbers: { acknowledged, lost, torn, leftovers, failed, unfinished, repeated, timedOut, longestMs,
 * counts, jsOwn }, the last being what scenarios with JS writers don't demand; and { failures }: what should not be, in words.
 */
export function verdictOn({ root, orders, counts, failures }, { demands, mayTimeOut, terminates }) {
  const writers = orders.map((order) => ({ ...order, ...toldBy(root, order) }))
  const [natives, js] = [writers.filter(({ js }) => !js), writers.filter(({ js }) => js)]
  const found = account(root, writers)

  const demanded = new Set(writers.filter(DEMANDED[demands]).flatMap(({ log }) => log))
  const torn = found.complete ? found.unasked : [...found.unasked, `(the header) ${found.header}`]
  const errors = natives.flatMap((writer) => writer.errors)
  const untold = errors.filter((error) => terminates && TERMINATED.test(error))
  const timedOut = errors.filter((error) => mayTimeOut && TIMED_OUT.test(error))
  const wrong = {
    lost: found.lost.filter((entry) => demanded.has(entry)),
    torn: demands === 'nothing' ? [] : torn,
    leftovers: found.leftovers.filter((name) => js.length === 0 || name !== LEFT_BY_JS),
    failed: errors.filter((error) => !timedOut.includes(error) && !untold.includes(error)),
  }
  return {
    acknowledged: found.acknowledged,
    ...sizes(wrong),
    unfinished: found.unfinished.length,
    repeated: found.repeated,
    timedOut: timedOut.length,
    longestMs: Math.max(...natives.map((writer) => writer.longestMs)),
    counts,
    jsOwn: {
      lost: found.lost.length - wrong.lost.length,
      torn: torn.length - wrong.torn.length,
      leftovers: found.leftovers.length - wrong.leftovers.length,
      failed: js.flatMap((writer) => writer.errors).length,
    },
    failures: [...failures, ...Object.entries(wrong).flatMap(inWords)],
  }
}

const sizes = (lists) => Object.fromEntries(Object.entries(lists).map(([what, items]) => [what, items.length]))

function inWords([what, items]) {
  return items.length > 0 ? [`${items.length} ${what}: ${items.slice(0, 5).join(', ')}`] : []
}

// What a round came to.

import { account, toldBy } from '../__test__/helpers/account.mjs'

/** A native's wait that ended in vain. */
const TIMED_OUT = /^ERR_JOURNAL_LOCK_TIMEOUT:/

/** What a JS writer that is killed leaves behind, and only the next one to stamp removes. */
const LEFT_BY_JS = 'changes.journal.tmp'

/**
 * Judges the journal at a storm's end by what the scenario demands: { acknowledged, lost, torn, leftovers, cut, repeated, failed, timedOut,
 * longestMs, counts, jsOwn: { lost, torn, leftovers, failed }, failures }: numbers, but for the last, which tells what should not be.
 */
export function verdictOn({ root, orders, counts, failures }, { demands, mayTimeOut }) {
  const writers = orders.map((order) => ({ ...order, ...toldBy(root, order) }))
  const [natives, js] = [writers.filter(({ js }) => !js), writers.filter(({ js }) => js)]
  const found = account(root, writers)

  const ofJs = new Set(js.flatMap(({ log }) => log))
  const isDemanded = { everything: () => true, natives: (entry) => !ofJs.has(entry), nothing: () => false }[demands]
  const torn = found.complete ? found.unasked : [...found.unasked, `(the header) ${found.header}`]
  const isTolerated = (name) => js.length > 0 && name === LEFT_BY_JS
  const errors = natives.flatMap((writer) => writer.errors)
  const tolerated = errors.filter((error) => mayTimeOut && TIMED_OUT.test(error))

  const sum = {
    lost: found.lost.filter(isDemanded),
    torn: demands === 'nothing' ? [] : torn,
    leftovers: found.leftovers.filter((name) => !isTolerated(name)),
    failed: errors.filter((error) => !tolerated.includes(error)),
  }
  const tell = ([what, items]) => (items.length > 0 ? [`${items.length} ${what}: ${items.slice(0, 5).join(', ')}`] : [])
  const sizes = (lists) => Object.fromEntries(Object.entries(lists).map(([what, items]) => [what, items.length]))
  return {
    acknowledged: found.acknowledged,
    ...sizes(sum),
    cut: found.cut.length,
    repeated: found.repeated,
    timedOut: tolerated.length,
    longestMs: Math.max(...natives.map((writer) => writer.longestMs)),
    counts,
    jsOwn: {
      lost: found.lost.length - sum.lost.length,
      torn: torn.length - sum.torn.length,
      leftovers: found.leftovers.length - sum.leftovers.length,
      failed: js.flatMap((writer) => writer.errors).length,
    },
    failures: [...failures, ...Object.entries(sum).flatMap(tell)],
  }
}

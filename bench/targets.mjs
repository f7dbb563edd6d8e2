// What the bench is to show, and where it stands.

/**
 * `what`: the metric.
 * `most` or `least`: what `value`, of the rows of `part` on one file system, may be.
 * `steady`: the ratio of two medians that hardly changes from run to run or from machine to machine.
 * `slack`: how many times off the short form lets it be, if not twice: 0.69 was seen of a read when five benches shared two cores, and
 * what a waiter takes of a core grows with the number of processes that share the core's caches.
 * `full`: what only a quiet machine and a full run can show: the short form neither measures a rival of so many moods, nor judges times
 * that end when the scheduler pleases.
 */
export const TARGETS = [
  {
    what: "time of an append / the JS module's",
    part: 'latency',
    most: 0.55,
    steady: true,
    value: worst('toJs', (row) => row.operation === 'append'),
  },
  {
    what: 'time of an append / its system calls made bare',
    part: 'latency',
    most: 1.3,
    value: (rows) => largest(rows.flatMap(({ toFloor }) => (toFloor.asOurs ? [toFloor.asOurs.median] : []))),
  },
  {
    what: "time of a stamp, 1,000 lines / the JS module's",
    part: 'latency',
    most: 0.2,
    value: worst('toJs', (row) => row.operation === 'stamp' && row.lines === 1000),
  },
  {
    what: "time of a stamp, 10,000 lines / the JS module's",
    part: 'latency',
    most: 1 / 10,
    value: worst('toJs', (row) => row.operation === 'stamp' && row.lines === 10_000),
  },
  {
    what: 'time of a stamp, 100,000 lines / an empty journal',
    part: 'latency',
    most: 1.2,
    steady: true,
    value: worst('toEmpty', (row) => row.operation === 'stamp' && row.lines === 100_000),
  },
  {
    what: "time of a reset / the JS module's",
    part: 'latency',
    most: 1.1,
    value: worst('toJs', (row) => row.operation === 'reset'),
  },
  {
    what: "time of a read, 10,000 or 100,000 lines / the JS module's",
    part: 'latency',
    most: 0.4,
    slack: 2.5,
    value: worst('toJs', (row) => row.operation === 'read' && row.lines >= 10_000),
  },
  {
    what: "time of an append or a stamp every 300 ms / the JS module's",
    part: 'cold',
    full: true,
    most: 1,
    value: worst('toJs', (row) => row.operation === 'append' || row.operation === 'stamp'),
  },
  {
    what: "time of an append, 1 to 1,000 entries / the JS module's",
    part: 'batches',
    most: 1,
    value: worst('toJs', (row) => row.operation === 'append' && row.entries <= 1000),
  },
  {
    what: "time of a stamp, 1 to 1,000 entries / the JS module's",
    part: 'batches',
    most: 1,
    value: worst('toJs', (row) => row.operation === 'stamp' && row.entries <= 1000),
  },
  {
    what: 'time of an append, beside 10,000 other files / beside none',
    part: 'crowd',
    most: 1.2,
    steady: true,
    value: worst('toAlone', (row) => row.others === 10_000),
  },
  {
    what: "calls a second, 2 writers / the JS module's",
    part: 'writers',
    full: true,
    least: 4,
    value: among(2, 'perSecond'),
  },
  {
    what: "p99.9 of a call, 2 writers / the JS module's",
    part: 'writers',
    full: true,
    most: 0.4,
    value: among(2, 'p999'),
  },
  {
    what: "longest call, 2 writers / the JS module's",
    part: 'writers',
    full: true,
    most: 1,
    value: among(2, 'longest'),
  },
  {
    what: "calls a second, 8 writers / the JS module's",
    part: 'writers',
    full: true,
    least: 10,
    value: among(8, 'perSecond'),
  },
  {
    what: "p99 of a call, 8 writers / the JS module's",
    part: 'writers',
    full: true,
    most: 1 / 20,
    value: among(8, 'p99'),
  },
  {
    what: "CPU time of a call, 8 writers / the JS module's",
    part: 'writers',
    full: true,
    most: 1 / 10,
    value: among(8, 'cpu'),
  },
  {
    what: 'lost entries, 1 to 16 writers',
    part: 'writers',
    most: 0,
    value: (rows) => largest(rows.map(({ native }) => native.lost)),
  },
  {
    what: 'timeouts and other errors, 1 to 16 writers',
    part: 'writers',
    most: 0,
    value: (rows) => largest(rows.map(({ native }) => native.errors)),
  },
  {
    what: 'calls a second, 8 writers / 1 writer',
    part: 'writers',
    least: 1 / 3,
    value: (rows) => only(rows, ({ writers }) => writers === 8).toAlone,
  },
  {
    what: 'smallest share of a second / fair share, 2 to 16 writers',
    full: true,
    part: 'writers',
    least: 1 / 3,
    value: (rows) => -largest(rows.map(({ native }) => -native.smallestShare)),
  },
  {
    what: "delay of a waiting append after a native writer's release, ms",
    full: true,
    part: 'waiting',
    most: 0.15,
    value: waiter('native', ({ delay }) => delay.median / 1000),
  },
  {
    what: "delay of a waiting append after a JS writer's release, ms",
    full: true,
    part: 'waiting',
    most: 0.3,
    value: waiter('js', ({ delay }) => delay.median / 1000),
  },
  {
    what: 'CPU of a waiter behind a native writer, cores',
    part: 'waiting',
    most: 0.01,
    slack: 4,
    value: waiter('native', ({ cpu }) => cpu),
  },
  {
    what: 'CPU of a waiter behind a JS writer, cores',
    part: 'waiting',
    most: 0.01,
    slack: 4,
    value: waiter('js', ({ cpu }) => cpu),
  },
]

/** The largest median of a ratio, of the rows chosen. */
function worst(ratio, chosen) {
  return (rows) => largest(rows.filter(chosen).map((row) => row[ratio].median))
}

function among(count, ratio) {
  return (rows) => {
    const measured = only(rows, ({ writers }) => writers === count).toJs[ratio]
    if (!measured) throw new NotMeasured('a target of something that was not measured')
    return measured.median
  }
}

function waiter(holder, figure) {
  return (rows) => figure(only(rows, (row) => row.holder === holder && row.waiter === 'native'))
}

/** The rows do not have what a target is of. */
class NotMeasured extends Error {}

function only(rows, chosen) {
  const row = rows.find(chosen)
  if (!row) throw new NotMeasured('a target of something that was not measured')
  return row
}

function largest(values) {
  if (values.length === 0) throw new NotMeasured('a target of something that was not measured')
  return values.reduce((a, b) => Math.max(a, b), -Infinity)
}

/** What was recorded, in `rows`, of a target; undefined if the full run was made before the bench measured that. */
function recordedValue({ value }, rows) {
  if (!rows) return undefined
  try {
    return value(rows)
  } catch (error) {
    if (error instanceof NotMeasured) return undefined
    throw error
  }
}

/** The targets of which these recorded `parts` have the figures. */
export const recordedTargets = (parts) =>
  TARGETS.filter((target) => recordedValue(target, parts[target.part]) !== undefined)

/**
 * Where the targets stand on one file system: `parts` are the rows by part, `recorded` those of an earlier full run, if any.
 *
 * `met` is whether a target is. `regressed` is what the short form goes by, and only what noise can't explain: twice the
 * target, or what was recorded if that is worse; of what is steady, twice what was recorded though it be better.
 */
export function verdicts(parts, recorded = {}, short = false, targets = TARGETS) {
  const told = targets.filter(({ part, full }) => parts[part] && !(short && full))
  return told.map(({ what, part, most, least, steady, slack = 2, value: of }) => {
    const value = of(parts[part])
    const bound = most ?? least
    const off = (bound) => (least === undefined ? value / bound || 0 : bound / value) // 0 / 0: none, and none allowed
    const before = recordedValue({ value: of }, recorded[part])
    const bounds = before === undefined ? [off(bound)] : steady ? [off(before)] : [off(bound), off(before)]
    const wanted = least === undefined ? 'at most' : 'at least'
    return { what, part, value, wanted, bound, met: off(bound) <= 1, regressed: Math.min(...bounds) > slack }
  })
}

// Medians and spread: nothing here assumes that times are distributed in any way.

/** The smallest value that at least this share of the values does not exceed. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}

export const median = (values) => quantile(values, 0.5)

/** `values` in short: the median, and the quartiles as its spread. */
export function spread(values) {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) }
}

/** What is reported of the times of single calls. */
export function times(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { p50: median(values), p99: quantile(values, 0.99), mean, calls: values.length }
}

/** How many times `a` is `b`, round by round: both were measured in the same moments, whatever the machine was up to. */
export function ratios(a, b) {
  return spread(a.map((value, round) => value / b[round]))
}

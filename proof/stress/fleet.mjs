// Who writes.

/** Writers through the addon. */
export const natives = (count, order) => Array.from({ length: count }, () => ({ ...order }))

/** Writers through the JS module. What they do to each other is theirs: see `demands` in `scenarios.mjs`. */
export const js = (count, order) => natives(count, { ...order, js: true })

/** Beside JS writers, which look for the lock only every 25 ms, a native has to pause, or they would never get in. */
export const PAUSE = { pauseMs: 1 }

/** A fleet in a few words. */
export function describe(fleet) {
  const counts = new Map()
  for (const order of fleet) counts.set(kind(order), (counts.get(kind(order)) ?? 0) + 1)
  return [...counts].map(([what, count]) => `${count} ${what}`).join(', ')
}

function kind({ js, where, stampEvery }) {
  const who = js ? 'JS' : 'native'
  return [who, stampEvery === 0 && 'appending', where].filter(Boolean).join(' ')
}

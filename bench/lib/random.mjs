// Random choices that can be repeated: the same seed, the same choices in the same order.

/** A xorshift generator of numbers in [0, 1). */
export function generator(seed) {
  let state = Math.imul(seed, 0x9e3779b1) || 1 // small seeds differ from the first number on
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

export function shuffled(values, random) {
  return values
    .map((value) => [random(), value])
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value)
}

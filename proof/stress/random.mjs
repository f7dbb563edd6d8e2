// Random choices that a seed repeats.

export class Random {
  #state

  constructor(seed) {
    this.#state = seed >>> 0
  }

  /** The next number in [0, 1), by the generator that is known as mulberry32. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }

  below(limit) {
    return Math.floor(this.next() * limit)
  }

  pick(list) {
    return list[this.below(list.length)]
  }

  chance(probability) {
    return this.next() < probability
  }

  /** Another generator, for what runs beside: whoever of the two comes first, the choices of each are the same. */
  fork() {
    return new Random(this.next() * 2 ** 32)
  }
}

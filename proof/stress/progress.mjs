// Where a run is: one line that is written again and again on a terminal, and one now and then elsewhere.

const SPARSE_MS = 20_000

export class Progress {
  #start = performance.now()
  #told = -Infinity
  #isShown = false

  get minutes() {
    return (performance.now() - this.#start) / 60_000
  }

  /** The line as it is now. */
  show(text) {
    const line = `${this.minutes.toFixed(1)} min  ${text}`
    if (process.stdout.isTTY) {
      this.#isShown = true
      process.stdout.write(`\r\x1b[K${line.slice(0, process.stdout.columns - 1)}`)
    } else if (performance.now() - this.#told > SPARSE_MS) {
      this.#told = performance.now()
      console.log(line)
    }
  }

  /** Something that stays, above the line. */
  say(text) {
    if (this.#isShown) process.stdout.write('\r\x1b[K')
    this.#isShown = false
    console.log(text)
  }
}

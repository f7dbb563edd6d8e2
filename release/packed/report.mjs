// What `npm run packed` prints: one line a check, and at the end how many passed, failed and were not run.

export class Report {
  #passed = 0
  #failed = 0
  #notRun = 0

  async check(name, attempt) {
    const start = performance.now()
    const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`
    try {
      const remark = await attempt()
      this.#passed++
      console.log(`ok       ${name}${remark ? `: ${remark}` : ''} (${seconds()})`)
    } catch (error) {
      this.#failed++
      console.log(`FAILED   ${name} (${seconds()})\n${error.message}`)
    }
  }

  notRun(name, reason) {
    this.#notRun++
    console.log(`not run  ${name}: ${reason}`)
  }

  /** The status to exit with. */
  end() {
    console.log(`\n${this.#passed} passed, ${this.#failed} failed, ${this.#notRun} not run`)
    return this.#failed === 0 ? 0 : 1
  }
}

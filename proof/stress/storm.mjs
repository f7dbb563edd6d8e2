// What a scenario has at hand: writers on one journal, and what may befall them.

import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { PATIENCE_MS, claimIn, jsClaim, setAge, stopInside } from '../../testkit/holder.mjs'
import { lockOf } from '../../testkit/place.mjs'
import { startWriter } from '../../testkit/writers.mjs'
import { startHost } from './host.mjs'
import { Random } from './random.mjs'

/** Over the 30.5 s after which everybody takes any lock for stale. */
const STALE_MS = 31_000

export class Storm {
  /** All that were ever ordered to write, for the account. */
  orders = []
  failures = []
  counts = {}
  #end
  #isOver = false
  #starting = new Set()
  #running = new Set()

  constructor({ root, fleet, seed, subject, ms }) {
    this.root = root
    this.fleet = fleet
    this.seed = seed
    this.random = new Random(seed)
    this.subject = subject
    this.ms = ms
  }

  /** Whether it goes on. Its time begins with the first look. */
  get isOn() {
    this.#end ??= performance.now() + this.ms
    return !this.#isOver && performance.now() < this.#end
  }

  /** An order of its own name. JS writers stay what they are; `subject` replaces the native writers. */
  enlist(order) {
    const enlisted = { ...order, name: `w${this.orders.length}`, subject: order.js ? 'original' : this.subject }
    this.orders.push(enlisted)
    return enlisted
  }

  /** Starts the whole fleet, and lets it go at one moment. Those with `entries` wait for orders to write so many. */
  async startFleet(common) {
    const fleet = await Promise.all(this.fleet.map((order) => this.#start({ ...order, ...common })))
    for (const writer of fleet) if (!writer.order.entries) writer.write()
    return fleet
  }

  async start(order) {
    const writer = await this.#start(order)
    writer.write()
    return writer
  }

  #start(order) {
    const enlisted = this.enlist(order)
    return this.#watch(enlisted.name, () => startWriter(this.root, enlisted))
  }

  /** A process whose worker threads write. */
  startHost() {
    return this.#watch('the host', startHost)
  }

  async #watch(name, start) {
    if (this.#isOver) throw new Error('the storm is over')
    const starting = start().then((started) => {
      this.#running.add(started)
      started.ended.then(([code, signal]) => {
        this.#running.delete(started)
        if (!started.mayEnd) this.fail(`${name} ended by itself: ${signal ?? code}`)
      })
      return started
    })
    this.#starting.add(starting)
    return starting
  }

  async kill(process) {
    this.count('kills')
    await this.#endOf(process)
  }

  async #endOf(process) {
    process.mayEnd = true
    process.kill()
    await process.ended
  }

  /** Stops a writer inside the lock, until it is sent SIGCONT. */
  async stopInside(writer) {
    await this.heardFrom(writer)
    await stopInside(this.root, writer)
    this.count('stops')
  }

  /** Makes the lockfile, if it is still there, look 30 s old. */
  age() {
    if (claimIn(this.root) !== undefined) setAge(lockOf(this.root), STALE_MS)
  }

  /** Waits until another call of a writer has returned. */
  async heardFrom(writer) {
    const size = () => fs.statSync(writer.log).size
    const before = size()
    await this.until(() => size() > before, `a call of writer ${writer.order.name}`)
  }

  async until(condition, what) {
    const deadline = performance.now() + PATIENCE_MS
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`timed out waiting for ${what}`)
      await sleep(5)
    }
  }

  /** A moment of at most so many milliseconds. */
  pause(most, random = this.random) {
    return sleep(random.below(most))
  }

  /** A process that lives and holds the lock for no purpose: this one. Resolves to how it lets go. */
  async hold() {
    const lockfile = lockOf(this.root)
    const claim = `${lockfile}.held.tmp`
    fs.writeFileSync(claim, jsClaim(process.pid))
    await this.until(() => isLinked(claim, lockfile), 'the lock')
    fs.unlinkSync(claim)
    this.count('holds')
    return () => fs.rmSync(lockfile, { force: true })
  }

  count(what) {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  fail(text) {
    this.failures.push(text)
  }

  /** Whoever is at work gets on with it, in the end: what is still waited for counts, too. */
  async outwait() {
    const natives = [...this.#running].filter(({ order }) => order && !order.js && !order.entries)
    await Promise.all(natives.map((writer) => this.heardFrom(writer)))
  }

  /** When all is over, one more writes an entry. */
  async writeOnce(order) {
    this.orders.push(order)
    const writer = await startWriter(this.root, { ...order, entries: 1 })
    await writer.write()
    await writer.end()
  }

  /** The end of everybody, whatever they are at. */
  async end() {
    this.#isOver = true
    await Promise.allSettled(this.#starting)
    await Promise.all([...this.#running].map((process) => this.#endOf(process)))
  }
}

function isLinked(file, name) {
  try {
    fs.linkSync(file, name)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

// Reads what the recorders write, as it is written.
import fs from 'node:fs'
import path from 'node:path'

export class Records {
  #dir
  #offsets = new Map()
  all = []

  constructor(dir) {
    this.#dir = dir
  }

  of(op) {
    return this.all.filter((record) => record.op === op)
  }

  /** Reads what is new, in the order of time, and returns it. */
  poll() {
    const fresh = fs.readdirSync(this.#dir).flatMap((name) => this.#read(name))
    fresh.sort((a, b) => a.begin - b.begin)
    this.all.push(...fresh)
    return fresh
  }

  #read(name) {
    const offset = this.#offsets.get(name) ?? 0
    const bytes = fs.readFileSync(path.join(this.#dir, name)).subarray(offset)
    const complete = bytes.lastIndexOf('\n') + 1
    this.#offsets.set(name, offset + complete)
    const lines = bytes.subarray(0, complete).toString().split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line))
  }
}

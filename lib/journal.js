'use strict'
// The class `Journal`; `index.d.ts` has its documentation.

const { join } = require('node:path')
const { CODEGRAPH_DIR, handle } = require('./native.js')
const { directory, journalOptions, string } = require('./arguments.js')
const { later, now } = require('./calls.js')
const { encode } = require('./entries.js')

class Journal {
  #handle

  constructor(journalDir, options) {
    const { lockTimeoutMs, durable } = journalOptions(options)
    this.#handle = handle.open(directory('journalDir', journalDir), lockTimeoutMs, durable)
  }

  static forRoot(rootDir, options) {
    return new this(join(directory('rootDir', rootDir), CODEGRAPH_DIR), options)
  }

  get path() {
    return handle.path(this.#handle)
  }

  read() {
    return now(handle.read(this.#handle))
  }

  append(entries) {
    now(handle.append(this.#handle, ...encode(entries)))
  }

  appendAndStamp(entries, timestamp) {
    now(handle.appendAndStamp(this.#handle, timestamp, ...encode(entries)))
  }

  reset(timestamp) {
    now(handle.reset(this.#handle, timestamp))
  }

  checkpoint(position, timestamp) {
    return now(handle.checkpoint(this.#handle, string('position', position), timestamp))
  }

  async readAsync(options) {
    return later(this.#handle, handle.read(this.#handle), options)
  }

  async appendAsync(entries, options) {
    await later(this.#handle, handle.append(this.#handle, ...encode(entries)), options)
  }

  async appendAndStampAsync(entries, timestamp, options) {
    await later(this.#handle, handle.appendAndStamp(this.#handle, timestamp, ...encode(entries)), options)
  }

  async resetAsync(timestamp, options) {
    await later(this.#handle, handle.reset(this.#handle, timestamp), options)
  }

  async checkpointAsync(position, timestamp, options) {
    return later(this.#handle, handle.checkpoint(this.#handle, string('position', position), timestamp), options)
  }

  holder() {
    return handle.holder(this.#handle) ?? undefined
  }

  stats() {
    return handle.stats(this.#handle)
  }
}

module.exports = { Journal }

'use strict'
// The class `Journal`; `index.d.ts` has its documentation.

const { join, resolve } = require('node:path')
const { inspect } = require('node:util')
const { native, outcome } = require('./native.js')
const { journalOptions, milliseconds, path, string } = require('./arguments.js')
const { runAsync, runJob, runSync } = require('./calls.js')
const { encode } = require('./entries.js')

const { CODEGRAPH_DIR, handle } = native
const STRICT = false

class Journal {
  #dir
  #handle

  constructor(journalDir, options) {
    const { lockTimeoutMs, durable } = journalOptions(options)
    this.#dir = resolve(path('journalDir', journalDir))
    this.#handle = outcome(handle.open(this.#dir, lockTimeoutMs, durable))
  }

  static forRoot(rootDir, options) {
    return new this(join(path('rootDir', rootDir), CODEGRAPH_DIR), options)
  }

  get path() {
    return outcome(handle.path(this.#handle))
  }

  read() {
    return runSync(() => native.read(this.#dir))
  }

  readToPosition() {
    return runJob(handle.readToPosition(this.#handle))
  }

  append(entries) {
    runJob(this.#append(entries))
  }

  appendAndStamp(entries, timestamp) {
    runJob(this.#appendAndStamp(entries, timestamp))
  }

  reset(timestamp) {
    runJob(this.#reset(timestamp))
  }

  checkpoint(position, timestamp) {
    return runJob(this.#checkpoint(position, timestamp))
  }

  async readToPositionAsync(options) {
    return runAsync(this.#dir, handle.readToPosition(this.#handle), options)
  }

  async appendAsync(entries, options) {
    await runAsync(this.#dir, this.#append(entries), options)
  }

  async appendAndStampAsync(entries, timestamp, options) {
    await runAsync(this.#dir, this.#appendAndStamp(entries, timestamp), options)
  }

  async resetAsync(timestamp, options) {
    await runAsync(this.#dir, this.#reset(timestamp), options)
  }

  async checkpointAsync(position, timestamp, options) {
    return runAsync(this.#dir, this.#checkpoint(position, timestamp), options)
  }

  holder() {
    return outcome(handle.holder(this.#handle)) ?? undefined
  }

  stats() {
    return outcome(handle.stats(this.#handle))
  }

  [inspect.custom](depth, options, inspect) {
    return `${this.constructor.name} ${inspect({ path: this.path }, options)}`
  }

  #append(entries) {
    return handle.append(this.#handle, STRICT, ...encode(entries))
  }

  #appendAndStamp(entries, timestamp) {
    const lines = encode(entries)
    return handle.appendAndStamp(this.#handle, STRICT, milliseconds('timestamp', timestamp), ...lines)
  }

  #reset(timestamp) {
    return handle.reset(this.#handle, STRICT, milliseconds('timestamp', timestamp))
  }

  #checkpoint(position, timestamp) {
    const checked = string('position', position)
    return handle.checkpoint(this.#handle, STRICT, checked, milliseconds('timestamp', timestamp))
  }
}

module.exports = { Journal }

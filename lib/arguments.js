'use strict'
// What callers pass, checked as Node checks it: the same codes, and the same words.

const { resolve } = require('node:path')
const { inspect } = require('node:util')

/** As an absolute path, so that it means the same directory whenever a call's turn comes. */
function directory(name, value) {
  return resolve(string(name, value))
}

function string(name, value) {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value)
  return value
}

function journalOptions(options = {}) {
  const { lockTimeoutMs, durable } = object(options)
  if (lockTimeoutMs !== undefined) {
    if (typeof lockTimeoutMs !== 'number') throw invalidType('options.lockTimeoutMs', 'of type number', lockTimeoutMs)
    if (!(lockTimeoutMs >= 0)) throw outOfRange('options.lockTimeoutMs', '>= 0', lockTimeoutMs)
  }
  if (durable !== undefined && typeof durable !== 'boolean') {
    throw invalidType('options.durable', 'of type boolean', durable)
  }
  return { lockTimeoutMs, durable }
}

/** The signal of a call's options. Whatever has a field `aborted` is one, as it is to Node. */
function signalOf(options = {}) {
  const { signal } = object(options)
  if (signal !== undefined && (typeof signal !== 'object' || signal === null || !('aborted' in signal))) {
    throw invalidType('options.signal', 'an instance of AbortSignal', signal)
  }
  return signal
}

function object(options) {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw invalidType('options', 'of type object', options)
  return options
}

function invalidType(name, expected, value) {
  const kind = name.includes('.') ? 'property' : 'argument'
  const error = new TypeError(`The "${name}" ${kind} must be ${expected}. Received ${received(value)}`)
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' })
}

function received(value) {
  if (value === undefined || value === null) return `${value}`
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value === 'object') {
    const { constructor } = value
    return constructor?.name === undefined ? inspect(value, { depth: -1 }) : `an instance of ${constructor.name}`
  }
  if (typeof value === 'string' && value.length > 28) value = `${value.slice(0, 25)}...`
  return `type ${typeof value} (${inspect(value)})`
}

function outOfRange(name, range, value) {
  const error = new RangeError(`The value of "${name}" is out of range. It must be ${range}. Received ${value}`)
  return Object.assign(error, { code: 'ERR_OUT_OF_RANGE' })
}

module.exports = { directory, invalidType, journalOptions, signalOf, string }

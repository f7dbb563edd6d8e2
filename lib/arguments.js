'use strict'
// Checks arguments as Node does, with Node's codes. These errors belong to the caller's realm; in Jest, Node's own errors don't.

const { inspect } = require('node:util')

function typed(type, name, value) {
  if (typeof value !== type) throw invalidType(name, `of type ${type}`, value)
  return value
}

/** A path that a file system accepts. */
function path(name, value) {
  if (!typed('string', name, value).includes('\0')) return value
  throw invalidValue(`The argument '${name}' must be a string without null bytes. Received ${inspect(value)}`)
}

/** A timestamp as JavaScript prints it. The addon checks its value. */
const milliseconds = (value) => `${typed('number', 'timestamp', value)}`

/** A position, or undefined for none. */
const position = (value) => (value === null ? undefined : typed('string', 'position', value))

function journalOptions(options = {}) {
  const { lockTimeoutMs, durable = false } = only(['lockTimeoutMs', 'durable'], options)
  if (lockTimeoutMs !== undefined) typed('number', 'options.lockTimeoutMs', lockTimeoutMs)
  if (lockTimeoutMs < 0 || Number.isNaN(lockTimeoutMs)) {
    const message = `The value of "options.lockTimeoutMs" is out of range. It must be >= 0. Received ${lockTimeoutMs}`
    throw Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' })
  }
  return { lockTimeoutMs, durable: typed('boolean', 'options.durable', durable) }
}

/** The signal of a call's options. As for Node, any object with a field `aborted` is a signal. */
function signalOf(options = {}) {
  const { signal } = only(['signal'], options)
  if (signal !== undefined && (typeof signal !== 'object' || signal === null || !('aborted' in signal)))
    throw invalidType('options.signal', 'an instance of AbortSignal', signal)
  return signal
}

/** The options. Throws if one of them is unknown. */
function only(known, options) {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw invalidType('options', 'of type object', options)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return options
  const all = known.map((name) => `'options.${name}'`).join(', ')
  throw invalidValue(`The property 'options.${unknown}' is not known. Known here: ${all}`)
}

function invalidType(name, expected, value) {
  const kind = name.includes('.') ? 'property' : 'argument'
  const received = inspect(value, { depth: -1 }).slice(0, 80)
  const error = new TypeError(`The "${name}" ${kind} must be ${expected}. Received ${received}`)
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' })
}

function invalidValue(message) {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' })
}

module.exports = { invalidType, journalOptions, milliseconds, path, position, signalOf, typed }

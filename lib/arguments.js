'use strict'
// What callers pass, checked as Node checks it: the same codes, and the same words.

const { inspect } = require('node:util')

function string(name, value) {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value)
  return value
}

/** A path that a file system takes. */
function path(name, value) {
  if (!string(name, value).includes('\0')) return value
  throw invalidValue(`The argument '${name}' must be a string without null bytes. Received ${inspect(value)}`)
}

/** A timestamp as JavaScript prints it. Its value is the native function's to check. */
function milliseconds(name, value) {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value)
  return `${value}`
}

/** A function, or nothing. */
function functionOrNothing(name, value) {
  if (value !== undefined && value !== null && typeof value !== 'function') {
    throw invalidType(name, 'of type function', value)
  }
  return value
}

function journalOptions(options = {}) {
  const { lockTimeoutMs, durable } = only(['lockTimeoutMs', 'durable'], options)
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
  const { signal } = only(['signal'], options)
  if (signal !== undefined && (typeof signal !== 'object' || signal === null || !('aborted' in signal))) {
    throw invalidType('options.signal', 'an instance of AbortSignal', signal)
  }
  return signal
}

/** The options, if all of them are known. */
function only(known, options) {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw invalidType('options', 'of type object', options)
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw invalidValue(`The property 'options.${name}' is not known. Known here: ${known.map(inOptions).join(', ')}`)
  }
  return options
}

const inOptions = (name) => `'options.${name}'`

function invalidType(name, expected, value) {
  const kind = name.includes('.') ? 'property' : 'argument'
  const error = new TypeError(`The "${name}" ${kind} must be ${expected}. Received ${received(value)}`)
  return Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' })
}

function invalidValue(message) {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' })
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

module.exports = { functionOrNothing, invalidType, journalOptions, milliseconds, path, signalOf, string }

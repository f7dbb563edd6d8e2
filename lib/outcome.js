'use strict'
// Whether a native function did what it was called for.

/**
 * The same functions; what one could not throw is thrown here. A worker thread that is being terminated can run on for a moment in which
 * native code can't throw: Node then returns undefined. None of ours does so by itself.
 */
function checked(native) {
  return Object.fromEntries(Object.entries(native).map(([name, member]) => [name, checkedMember(member)]))
}

function checkedMember(member) {
  if (typeof member === 'object') return checked(member)
  if (typeof member !== 'function') return member
  return (...args) => {
    const outcome = member(...args)
    if (outcome === undefined) throw terminated()
    return outcome
  }
}

function terminated() {
  const error = new Error('This thread is being terminated: whether the call was carried out can not be told')
  return Object.assign(error, { code: 'ERR_JOURNAL_TERMINATED' })
}

module.exports = { checked }

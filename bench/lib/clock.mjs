// One clock for all processes: the monotonic one counts from the same moment in each.

/** Microseconds. */
export const now = () => Number(process.hrtime.bigint()) / 1000

const sleeper = new Int32Array(new SharedArrayBuffer(4))

/** Blocks the thread. */
export const sleepUntil = (moment) => void Atomics.wait(sleeper, 0, 0, Math.max(0, moment - now()) / 1000)

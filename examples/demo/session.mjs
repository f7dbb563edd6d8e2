// The session: a watcher, edits that never pause, and builds one after another, all at once.
import { setTimeout as delay } from 'node:timers/promises'
import { lineOf } from './audit.mjs'
import { build, watch, whyFull } from './codegraph.mjs'
import { now } from './look.mjs'
import { log, say, seconds } from './output.mjs'

const LOOK_EVERY = 25
/** What must come, comes in seconds; after this the demo fails. */
const PATIENCE = 60_000
/** Longer than codegraph collects changes (300 ms), so that it comes to flush in between. */
const TOUCH_EVERY = 1000
/** A change that the watcher has not reported by then counts as missed; so many steps in a row fail the demo. */
const SILENCE = 10_000
const MOST_MISSED = 3
const MOST_TRIES = 10
/** After so many builds the terminal gets a line. */
const TELL_EVERY = 4

/**
 * @param setup for codegraph.mjs
 * @param plan the engine of each build; the first comes before the watcher
 * @returns `builds` that finished, tries that `clashes` with the watcher ended, changes that the watcher `missed`
 */
export async function session({ setup, plan, editor, records, stop }) {
  const { signal } = stop
  const builds = []
  const clashes = []
  const missed = []
  const [first, ...further] = plan
  let flushes = 0

  await runBuild(first)
  const watcher = watch(setup, first)
  await watcherIsUp()
  const loops = [runBuilds(), keepEditing()]
  for (const loop of loops) loop.catch((error) => stop.abort(error))
  await Promise.allSettled(loops)
  await Promise.all(loops)
  await watcher.stop()
  follow()
  return { builds, clashes, missed, watcher }

  async function runBuilds() {
    for (const engine of further) {
      // The fast path needs something in the journal.
      await flushAfter(builds.at(-1).end)
      await runBuild(engine)
    }
  }

  async function runBuild(engine) {
    for (let tries = 1; ; tries++) {
      const result = await build(setup, engine)
      follow()
      if (!result.clash) return finished(result)
      clashes.push(result)
      if (tries === MOST_TRIES) throw new Error(`codegraph build failed ${tries} times in a row: ${result.clash}`)
      log.warn('build', `${engine.padEnd(6)}  codegraph clashed with its watcher (${result.clash}): again`)
      await flushAfter(result.begin) // then the watcher is through with what it was at
    }
  }

  function finished(result) {
    builds.push({ number: builds.length + 1, ...result })
    const { number, engine, begin, end, fastPath, changes, graph } = builds.at(-1)
    const how = fastPath ? 'journal fast path' : `full scan (${whyFull(builds.at(-1))})`
    const details = [seconds(end - begin), how, changes, graph].filter(Boolean)
    log.note(`build ${number}`, `${engine.padEnd(6)}  ${details.join(', ')}`)
    if (number % TELL_EVERY === 0)
      say.note('builds', `${number} of ${plan.length} done, ${flushes} writes to the journal`)
  }

  async function keepEditing() {
    let inRow = 0
    while (builds.length < plan.length) {
      const since = now()
      const skipped = watcher.skipped().length
      const expected = editor.step()
      const pending = () => {
        const landed = records.of('append').filter(({ begin }) => begin > since)
        const lines = new Set(landed.flatMap(({ args }) => args[0].map(lineOf)))
        const dropped = watcher.skipped().slice(skipped)
        return expected.filter((entry) => !lines.has(lineOf(entry)) && !dropped.includes(entry.file))
      }
      if (await within(SILENCE, () => pending().length === 0)) {
        inRow = 0
        continue
      }
      // A busy watcher overflows the kernel's queue of file events; codegraph does not notice.
      missed.push(...pending())
      const files = pending().map(lineOf).join(', ')
      if (++inRow === MOST_MISSED) throw new Error(`the watcher reports nothing any more:\n${watcher.tail()}`)
      log.warn('missed', `${files}: no word from the watcher in ${seconds(SILENCE)}`)
    }
  }

  /** codegraph says "Watching" a little before it does: touch a file until a touch is reported. */
  async function watcherIsUp() {
    const done = log.step('watch', `codegraph watch with the ${first} engine`)
    let touched = -Infinity
    const up = await within(PATIENCE, () => {
      if (now() - touched > TOUCH_EVERY) {
        touched = now()
        editor.touch()
      }
      return records.of('append').length > 0
    })
    if (!up) throw new Error(`the watcher reports nothing:\n${watcher.tail()}`)
    done('up')
  }

  async function flushAfter(time) {
    const came = await within(PATIENCE, () => records.of('append').some(({ begin }) => begin > time))
    if (!came) throw new Error(`no flush in ${seconds(PATIENCE)}:\n${watcher.tail()}`)
  }

  /** Waits until the condition holds; false if it does not in time. */
  async function within(patience, condition) {
    const deadline = now() + patience
    for (;;) {
      follow()
      if (condition()) return true
      watcher.check()
      if (now() > deadline) return false
      await delay(LOOK_EVERY, undefined, { signal })
    }
  }

  /** Logs the flushes that are new in the records. */
  function follow() {
    for (const { op, args, error } of records.poll()) {
      if (error) say.bad('refused', `${op}: ${error}`)
      else if (op === 'append') log.flush(++flushes, args[0].map(lineOf))
    }
  }
}

// A panel of strips: for each case its values, or some quantiles of them, along one logarithmic scale.

import { microseconds } from '../lib/print.mjs'
import { decades, element, line, logScale, text } from './svg.mjs'

const LEFT = 110
const TOP = 24
const BOTTOM = 24
const STRIP = 34

/**
 * `strips`: { name, label, note, dots, low, middle, high }: faint dots, and marks that say their values, of which only `middle` has to
 * be there. `over`: the values whose decades the scale has to hold.
 */
export function strips({ head, strips, over, unit }) {
  const height = TOP + BOTTOM + STRIP * strips.length
  return { height, draw: (box) => drawStrips(box, { head, strips, range: decades(over), unit }) }
}

function drawStrips({ x, y, width, height }, { head, strips, range, unit }) {
  const [left, right, top, bottom] = [x + LEFT, x + width - 14, y + TOP, y + height - BOTTOM]
  const along = logScale(range, left, right)
  const ticks = Array.from({ length: range[1] - range[0] + 1 }, (_, index) => 10 ** (range[0] + index))
  return [
    text(x, y + 12, head, { class: 'head' }),
    ...ticks.flatMap((tick) => [
      line(along(tick), top, along(tick), bottom, { class: 'grid' }),
      text(along(tick), bottom + 15, unit(tick), { 'text-anchor': 'middle' }),
    ]),
    ...strips.flatMap((strip, index) => drawStrip(strip, { x, y: top + STRIP * (index + 0.5), along })),
  ]
}

function drawStrip({ name, label, note = '', dots = [], low, middle, high }, { x, y, along }) {
  const look = { class: name, 'stroke-width': 3 }
  const mark = (value) => line(along(value), y + 2, along(value), y + 12, look)
  const end = (value, anchor, offset) => [
    line(along(value), y + 7, along(middle), y + 7, { class: name, 'stroke-width': 2 }),
    mark(value),
    text(along(value) + offset, y + 11, microseconds(value), { class: name, 'text-anchor': anchor }),
  ]
  return [
    text(x, y - (note ? 2 : -11), label),
    text(x, y + 12, note),
    ...dots.map((value) => element('circle', { cx: along(value), cy: y + 7, r: 2.4, class: `${name} faint` })),
    ...(low === undefined ? [] : end(low, 'end', -6)),
    ...(high === undefined ? [] : end(high, 'start', 6)),
    mark(middle),
    text(along(middle), y - 3, microseconds(middle), { class: name, 'text-anchor': 'middle' }),
  ]
}

// A panel of strips: for each case its values, or some quantiles of them, along one logarithmic scale.

import { decades, element, line, logScale, text } from './svg.mjs'

const LEFT = 110
const TOP = 24
const BOTTOM = 24
const STRIP = 34

/**
 * `strips`: { name, label, dots, marks, note }: faint dots, and marks with a text each. `over`: the values whose decades the scale has
 * to hold.
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
    ...strips.flatMap((strip, index) => drawStrip(strip, { x, middle: top + STRIP * (index + 0.5), along })),
  ]
}

function drawStrip({ name, label, dots = [], marks, note = '' }, { x, middle, along }) {
  const ends = marks.map(([value]) => along(value))
  return [
    text(x, middle - (note ? 3 : -4), label),
    text(x, middle + 11, note, { 'font-size': 11 }),
    ...dots.map((value) => element('circle', { cx: along(value), cy: middle + 6, r: 2.4, class: `${name} faint` })),
    line(Math.min(...ends), middle + 6, Math.max(...ends), middle + 6, { class: name, 'stroke-width': 2 }),
    ...marks.flatMap(([value, said]) => [
      line(along(value), middle + 1, along(value), middle + 11, { class: name, 'stroke-width': 3 }),
      text(along(value), middle - 4, said, { class: name, 'text-anchor': 'middle' }),
    ]),
  ]
}

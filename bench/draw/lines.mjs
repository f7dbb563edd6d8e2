// A panel of lines: values on a logarithmic scale by something that is counted.

import { decades, element, line, logScale, text } from './svg.mjs'

const LEFT = 52
const TOP = 24
const BOTTOM = 36

/**
 * `series`: { name, values, faint }, one value for each of `steps`. `over`: the values whose decades the scale has to hold, for
 * panels that are to have the same.
 */
export function lines({ head, steps, axis, series, over, unit }) {
  return { height: 190, draw: (box) => drawLines(box, { head, steps, axis, series, range: decades(over), unit }) }
}

function drawLines({ x, y, width, height }, { head, steps, axis, series, range, unit }) {
  const [left, right, top, bottom] = [x + LEFT, x + width - 10, y + TOP, y + height - BOTTOM]
  const at = (index) => (steps.length > 1 ? left + 8 + (index * (right - left - 16)) / (steps.length - 1) : left)
  const up = logScale(range, bottom, top)
  const ticks = Array.from({ length: range[1] - range[0] + 1 }, (_, index) => 10 ** (range[0] + index))
  return [
    text(left, y + 12, head, { class: 'head' }),
    ...ticks.flatMap((tick) => [
      line(left, up(tick), right, up(tick), { class: 'grid' }),
      text(left - 6, up(tick) + 4, unit(tick), { 'text-anchor': 'end' }),
    ]),
    line(left, bottom, right, bottom, { class: 'axis' }),
    ...steps.map((step, index) => text(at(index), bottom + 15, short(step), { 'text-anchor': 'middle' })),
    text((left + right) / 2, bottom + 30, axis, { 'text-anchor': 'middle' }),
    ...series.flatMap((one) => drawSeries(one, at, up)),
  ]
}

function drawSeries({ name, values, faint }, at, up) {
  const points = values.map((value, index) => [at(index), up(value)])
  const path = points.map((point, index) => `${index ? 'L' : 'M'}${point.map((part) => part.toFixed(1)).join(' ')}`)
  const look = { class: faint ? `${name} faint` : name, 'stroke-width': faint ? 1.2 : 2 }
  const dots = faint ? [] : points.map(([cx, cy]) => element('circle', { cx, cy, r: 2.6, class: name }))
  return [element('path', { d: path.join(''), ...look }), ...dots]
}

const short = (count) => (count >= 1000 ? `${count / 1000}k` : `${count}`)

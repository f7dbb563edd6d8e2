// SVG as text: shapes, a figure of panels side by side, and the axes of a panel. Readable on light and dark pages: a figure brings its
// own background, and both sets of colours.

const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #57606a }
  .title { font-size: 15px; font-weight: 600; fill: #1f2328 } .head { font-weight: 600; fill: #1f2328 }
  .foot { font-size: 11px }
  .page { fill: #ffffff } .grid { stroke: #d8dee4 } .axis { stroke: #8c959f }
  .js { stroke: #bf5a00; fill: #bf5a00 } .native { stroke: #0a5fd1; fill: #0a5fd1 } .bare { stroke: #6e7781; fill: #6e7781 }
  path, line { fill: none !important } text.js, text.native, text.bare { stroke: none }
  .faint { opacity: 0.4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 } .title, .head { fill: #f0f6fc }
    .page { fill: #0d1117 } .grid { stroke: #2a313c } .axis { stroke: #656c76 }
    .js { stroke: #f0973f; fill: #f0973f } .native { stroke: #58a6ff; fill: #58a6ff } .bare { stroke: #8b949e; fill: #8b949e }
  }`

export function element(name, attributes, ...children) {
  const written = Object.entries(attributes).map(([key, value]) => {
    return ` ${key}="${typeof value === 'number' ? Math.round(value * 10) / 10 : value}"`
  })
  return children.length
    ? `<${name}${written.join('')}>${children.join('')}</${name}>`
    : `<${name}${written.join('')}/>`
}

export function text(x, y, content, attributes = {}) {
  const safe = `${content}`.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return element('text', { x, y, ...attributes }, safe)
}

export function line(x1, y1, x2, y2, attributes) {
  return element('line', { x1, y1, x2, y2, ...attributes })
}

const WIDTH = 880
const EDGE = 16
const GAP = 12

/** `rows` of panels, `{ height, draw(box) }` each, under a title and a legend, pairs of a class and a text. */
export function figure({ title, legend, rows, foot }) {
  const parts = [text(EDGE, 28, title, { class: 'title' }), keys(legend)]
  let y = 62
  for (const row of rows) {
    const width = (WIDTH - 2 * EDGE - GAP * (row.length - 1)) / row.length
    const height = Math.max(...row.map((panel) => panel.height))
    for (const [index, panel] of row.entries()) {
      parts.push(...panel.draw({ x: EDGE + index * (width + GAP), y, width, height }))
    }
    y += height + GAP
  }
  parts.push(text(EDGE, y + 2, foot, { class: 'foot' }))
  y += GAP
  const size = { width: WIDTH, height: y }
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${WIDTH} ${y}`, ...size, role: 'img', 'aria-label': title },
    element('style', {}, STYLE),
    element('rect', { ...size, rx: 6, class: 'page' }),
    ...parts.map((part) => `\n${part}`),
  )
}

function keys(legend) {
  let x = EDGE
  return legend
    .map(([name, label]) => {
      const key = line(x, 44, x + 18, 44, { class: name, 'stroke-width': 3 }) + text(x + 24, 48, label)
      x += 24 + 6.6 * label.length + 24
      return key
    })
    .join('')
}

/** The decades that hold all of some values, as powers of ten. */
export function decades(values) {
  const logs = values.filter((value) => value > 0).map(Math.log10)
  return [Math.floor(Math.min(...logs) + 0.01), Math.ceil(Math.max(...logs) - 0.01)]
}

/** Where a value is between two ends, on a logarithmic scale. */
export function logScale([low, high], from, to) {
  return (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from)
}

// The parts of a page that a program draws, each between two marks:
//
//   <!-- NAME: the command that draws it -->
//   …
//   <!-- end of NAME -->

/** The page's text with another content between the marks of that name. */
export function redraw(page, text, name, content) {
  const begins = new RegExp(`^<!-- ${name}: .*-->\n`, 'm').exec(text)
  const from = begins ? begins.index + begins[0].length : -1
  const to = text.indexOf(`<!-- end of ${name} -->\n`, from)
  if (from < 0 || to < 0) throw new Error(`${page} has lost the marks of its ${name}`)
  return text.slice(0, from) + content + text.slice(to)
}

/** A Markdown table. */
export function table(heads, rows) {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/** A page without what is drawn in it. */
export const withoutDrawn = (text) => text.replaceAll(/^<!-- (\w+): .*-->\n[^]*?^<!-- end of \1 -->\n/gm, '')

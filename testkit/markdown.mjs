// Markdown as this project writes it: the pages, and what is in them: fenced blocks, links, headings, commands.

import fs from 'node:fs'
import path from 'node:path'

const SKIPPED = new Set(['node_modules', 'target', '.git'])

/** The Markdown files below `home`, as paths relative to it. */
export function markdownFiles(home, below = '') {
  return fs.readdirSync(path.join(home, below), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(below, entry.name)
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : markdownFiles(home, name)
    return entry.name.endsWith('.md') ? [name] : []
  })
}

/**
 * A page taken apart: `blocks` are the fenced ones, as { language, text, line }, `prose` is the rest, with empty lines in their place.
 * `line` is that of the opening fence, from 1. A fence that is not closed is an error.
 */
export function parsePage(text) {
  const [blocks, prose] = [[], []]
  let open
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line)
    if (!fence) (open ? open.lines : prose).push(line)
    else if (open) {
      blocks.push({ language: open.language, text: open.lines.join('\n'), line: open.line })
      open = undefined
    } else open = { language: fence[1].trim(), lines: [], line: index + 1 }
    if (fence || open) prose.push('')
  }
  if (open) throw new Error(`the block of line ${open.line} is not closed`)
  return { blocks, prose: prose.join('\n') }
}

/** Where the links and images of a page lead. */
export function linksOf({ prose }) {
  const text = prose.replaceAll(/`[^`]*`/g, '')
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]*)/g)]
  const references = [...text.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)]
  return [...inline, ...references].map(([, target]) => target)
}

/** The anchors that GitHub gives a page's headings. */
export function anchorsOf({ prose }) {
  const seen = new Map()
  const headings = [...prose.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) => slug(heading))
  return headings.map((anchor) => {
    const before = seen.get(anchor) ?? 0
    seen.set(anchor, before + 1)
    return before ? `${anchor}-${before}` : anchor
  })
}

function slug(heading) {
  const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim()
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-')
}

const COMMAND = /^(?:[A-Z_]+=\S+ )*(?:(?:npm|npx|node|cargo) [\w.]|\.\/)/

/** The commands of a page: those of its `sh` blocks, of its indented lines, and those in its text. */
export function commandsOf({ blocks, prose }) {
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.split('\n'))
  const inBlocks = lines.map(withoutComment).filter(Boolean)
  const indented = [...prose.matchAll(/^ {4}(.*)$/gm)].map(([, line]) => withoutComment(line))
  const inline = [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => code.replaceAll(/\s*\n\s*/g, ' '))
  return [...inBlocks, ...[...indented, ...inline].filter((code) => COMMAND.test(code))]
}

const withoutComment = (line) => line.replace(/(^|\s)#.*/, '').trim()

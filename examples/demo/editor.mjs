// Edits a source tree the way people do: change, add, delete and rename files, by a seeded choice.
import fs from 'node:fs'
import path from 'node:path'

export class Editor {
  #root
  #random
  #files
  #count = 0

  constructor(root, seed) {
    this.#root = root
    this.#random = generator(seed)
    this.#files = sources(root)
    fs.mkdirSync(path.join(root, 'src/demo'))
  }

  get size() {
    return this.#files.length
  }

  /** Does one to four edits; returns the entries they must bring into the journal. */
  step() {
    const taken = new Set()
    const edits = [this.#change, this.#change, this.#add, this.#delete, this.#rename]
    return Array.from({ length: 1 + this.#below(4) }, () => {
      const edit = edits[this.#below(edits.length)]
      return edit.call(this, taken)
    }).flat()
  }

  touch() {
    this.#write('src/demo/touch.ts')
  }

  #change(taken) {
    const file = this.#pick(taken)
    this.#write(file)
    return [{ file }]
  }

  #add(taken) {
    const file = `src/demo/added${this.#count}.ts`
    this.#write(file)
    return [this.#keep(file, taken)]
  }

  #delete(taken) {
    const file = this.#take(taken)
    fs.rmSync(path.join(this.#root, file))
    return [{ file, deleted: true }]
  }

  #rename(taken) {
    const from = this.#take(taken)
    const to = from.replace(/(_renamed\d+)?\.ts$/, `_renamed${++this.#count}.ts`)
    fs.renameSync(path.join(this.#root, from), path.join(this.#root, to))
    return [{ file: from, deleted: true }, this.#keep(to, taken)]
  }

  #write(file) {
    fs.appendFileSync(path.join(this.#root, file), `export const demo${++this.#count} = 1;\n`)
  }

  /** A file that this step has not touched yet. */
  #pick(taken) {
    const free = this.#files.filter((file) => !taken.has(file))
    const file = free[this.#below(free.length)]
    taken.add(file)
    return file
  }

  #take(taken) {
    const file = this.#pick(taken)
    this.#files = this.#files.filter((other) => other !== file)
    return file
  }

  #keep(file, taken) {
    this.#files.push(file)
    taken.add(file)
    return { file }
  }

  #below(limit) {
    return Math.floor(this.#random() * limit)
  }
}

const sources = (root) =>
  fs
    .readdirSync(root, { recursive: true })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.ts'))
    .sort()

/** A xorshift generator of numbers in [0, 1): the same seed, the same edits. */
function generator(seed) {
  let state = Math.imul(seed, 0x9e3779b1) || 1 // small seeds differ from the first number on
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

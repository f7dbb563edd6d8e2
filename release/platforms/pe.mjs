// What a Windows library says of itself. The names are those of Microsoft's "PE Format".

const PE32_PLUS = 0x20b
const IMPORTS = { directory: 1, size: 20, name: 12 }
const DELAYED = { directory: 13, size: 32, name: 4 }

/** The libraries that it asks for, in small letters, as Windows compares them. */
export function importedLibraries(bytes) {
  const header = bytes.readUInt32LE(0x3c)
  if (bytes.toString('latin1', header, header + 4) !== 'PE\0\0') throw new Error('it is no Windows library')
  const optional = header + 24
  if (bytes.readUInt16LE(optional) !== PE32_PLUS) throw new Error('it is not for 64 bits')
  const sections = optional + bytes.readUInt16LE(header + 20)
  const count = bytes.readUInt16LE(header + 6)

  const offsetOf = (address) => {
    for (let at = sections; at < sections + 40 * count; at += 40) {
      const start = bytes.readUInt32LE(at + 12)
      if (address >= start && address < start + bytes.readUInt32LE(at + 16))
        return address - start + bytes.readUInt32LE(at + 20)
    }
    throw new Error(`no section has the address ${address}`)
  }
  const text = (at) => bytes.toString('latin1', at, bytes.indexOf(0, at)).toLowerCase()
  const directories = bytes.readUInt32LE(optional + 108)

  return [IMPORTS, DELAYED].flatMap(({ directory, size, name }) => {
    const address = directory < directories ? bytes.readUInt32LE(optional + 112 + 8 * directory) : 0
    const names = []
    if (address === 0) return names
    for (let at = offsetOf(address); bytes.readUInt32LE(at + name) !== 0; at += size)
      names.push(text(offsetOf(bytes.readUInt32LE(at + name))))
    return names
  })
}

// An npm registry that has the packed packages and nothing else, and remembers what it gave out.

import { execFileSync } from 'node:child_process'
import crypto from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'

/** Serves the tarballs in `directory` on this machine; resolves to { url, given, close }. */
export async function serve(directory) {
  const packages = new Map(read(directory).map((each) => [each.manifest.name, each]))
  const given = [] // the names of the packages whose tarballs were fetched
  const server = http.createServer((request, response) => {
    const [name, , tarball] = decodeURIComponent(request.url).slice(1).split('/')
    const found = packages.get(name)
    if (!found) return response.writeHead(404).end('{}')
    if (!tarball) return response.setHeader('content-type', 'application/json').end(packument(found, url))
    given.push(name)
    response.end(found.bytes)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}`
  return { url, given, close: () => server.close() }
}

function read(directory) {
  return fs.readdirSync(directory).map((file) => {
    const full = path.join(directory, file)
    // By its name alone: one `tar` of Windows takes `C:` for another machine.
    const manifest = JSON.parse(execFileSync('tar', ['-xzOf', file, 'package/package.json'], { cwd: directory }))
    return { file, manifest, bytes: fs.readFileSync(full) }
  })
}

function packument({ file, manifest, bytes }, url) {
  const hash = (algorithm, encoding) => crypto.createHash(algorithm).update(bytes).digest(encoding)
  const { name, version } = manifest
  const dist = {
    tarball: `${url}/${name}/-/${file}`,
    integrity: `sha512-${hash('sha512', 'base64')}`,
    shasum: hash('sha1', 'hex'),
  }
  const published = '2020-01-01T00:00:00.000Z' // some installers refuse what is only hours old
  return JSON.stringify({
    name,
    'dist-tags': { latest: version },
    time: { modified: published, [version]: published },
    versions: { [version]: { ...manifest, dist } },
  })
}

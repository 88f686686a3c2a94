/**
 * Emits sw.js and writes into it which files make the shell, with a version that changes when any of them
 * does.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Plugin } from 'vite'

const WORKER = 'sw.js'

export function serviceWorker(): Plugin {
  let publicDir = ''
  let root = ''
  return {
    name: 'xunyue-service-worker',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      publicDir = config.publicDir
      root = config.root
    },
    buildStart() {
      this.emitFile({ type: 'chunk', id: join(root, 'src/sw/worker.ts'), fileName: WORKER })
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle[WORKER]
        if (worker?.type !== 'chunk') throw new Error(`${WORKER} was not built`)
        const contents = new Map<string, string | Uint8Array>()
        for (const [name, file] of Object.entries(bundle))
          if (name !== WORKER) contents.set(name, file.type === 'chunk' ? file.code : file.source)
        for (const file of filesIn(publicDir)) contents.set(file, readFileSync(join(publicDir, file)))
        const shell = shellOf(contents, worker.code)
        worker.code = `const SHELL = ${JSON.stringify(shell)};\n${worker.code}`
      },
    },
  }
}

/** The paths to keep (`/` for index.html, no source maps) and their common version. */
export function shellOf(contents: ReadonlyMap<string, string | Uint8Array>, worker: string) {
  const names = [...contents.keys()].filter((name) => !name.endsWith('.map')).sort()
  const hash = createHash('sha256').update(worker)
  for (const name of names) hash.update(name).update(contents.get(name) ?? '')
  const files = names.map((name) => (name === 'index.html' ? '/' : `/${name}`))
  return { version: hash.digest('hex').slice(0, 12), files }
}

function filesIn(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

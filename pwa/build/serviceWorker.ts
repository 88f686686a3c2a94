/**
 * Emits sw.js and writes into it which files make the shell, with a version that changes when any of them
 * does.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Plugin } from 'vite'

const WORKER = 'sw.js'
/** Their people read online: these pages are fetched when they are opened. */
const ONLINE_ONLY = /\/src\/features\/(fulfilment|posters|standing)\//

/** A built file as far as it matters who loads it. */
interface Built {
  type: 'chunk' | 'asset'
  isEntry?: boolean
  imports?: readonly string[]
  dynamicImports?: readonly string[]
  facadeModuleId?: string | null
  viteMetadata?: { importedCss: ReadonlySet<string> } | undefined
}

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
        const online = onlineOnly(bundle)
        for (const [name, file] of Object.entries(bundle))
          if (name !== WORKER && !online.has(name)) contents.set(name, file.type === 'chunk' ? file.code : file.source)
        for (const file of filesIn(publicDir)) contents.set(file, readFileSync(join(publicDir, file)))
        const shell = shellOf(contents, worker.code)
        worker.code = `const SHELL = ${JSON.stringify(shell)};\n${worker.code}`
      },
    },
  }
}

/**
 * The names of the files that only pages without offline use load. What any other page loads too is not among them,
 * nor is a file that no page names (fonts, wasm).
 */
export function onlineOnly(bundle: Readonly<Record<string, Built>>): Set<string> {
  const entries = Object.keys(bundle).filter((name) => bundle[name]?.isEntry && name !== WORKER)
  const kept = reachedFrom(entries, bundle, (file) => !ONLINE_ONLY.test(file.facadeModuleId ?? ''))
  const all = reachedFrom(entries, bundle, () => true)
  return new Set([...all].filter((name) => !kept.has(name)))
}

function reachedFrom(
  start: readonly string[],
  bundle: Readonly<Record<string, Built>>,
  enters: (file: Built) => boolean,
): Set<string> {
  const reached = new Set<string>()
  const next = [...start]
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    const file = bundle[name]
    if (!file || reached.has(name) || !enters(file)) continue
    reached.add(name)
    next.push(...(file.imports ?? []), ...(file.dynamicImports ?? []), ...(file.viteMetadata?.importedCss ?? []))
  }
  return reached
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

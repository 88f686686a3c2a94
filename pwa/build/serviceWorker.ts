/**
 * Emits sw.js and writes into it which files make the shell, with a version that changes when any of them
 * does.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { build, type Alias, type Plugin } from 'vite'

const WORKER = 'sw.js'
/** One keeps the shell; the other sends what waits with the app closed, by the app's own code. */
const PARTS = ['src/sw/worker.ts', 'src/offline/onSync.ts']
const ENTRY = 'xunyue-worker'
/** Their people read online: these pages are fetched when they are opened. */
const ONLINE_ONLY = /\/src\/features\/(fulfilment|posters|standing)\//

/** Where the worker's parts are, and how the app's build names and compiles them. */
interface Source {
  root: string
  alias: Alias[]
  target: string | string[] | false
}

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
  let source: Source
  return {
    name: 'xunyue-service-worker',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      publicDir = config.publicDir
      source = { root: config.root, alias: config.resolve.alias, target: config.build.target }
    },
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const worker = await workerOf(source)
        const contents = new Map<string, string | Uint8Array>()
        const online = onlineOnly(bundle)
        for (const [name, file] of Object.entries(bundle))
          if (!online.has(name)) contents.set(name, file.type === 'chunk' ? file.code : file.source)
        for (const file of filesIn(publicDir)) contents.set(file, readFileSync(join(publicDir, file)))
        const shell = `const SHELL = ${JSON.stringify(shellOf(contents, worker))};\n`
        this.emitFile({ type: 'asset', fileName: WORKER, source: shell + worker })
      },
    },
  }
}

/** One classic script with all it needs: browsers of before 2023 take no modules in a service worker. */
async function workerOf({ root, alias, target }: Source): Promise<string> {
  const parts = PARTS.map((part) => `import ${JSON.stringify(join(root, part))}`).join('\n')
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    root,
    resolve: { alias },
    plugins: [
      {
        name: ENTRY,
        resolveId: (id) => (id === ENTRY ? id : null),
        load: (id) => (id === ENTRY ? parts : null),
      },
    ],
    build: {
      write: false,
      copyPublicDir: false,
      target,
      rollupOptions: { input: ENTRY, output: { format: 'iife' } },
    },
  })
  if (!('output' in built) || built.output.length !== 1) throw new Error(`${WORKER} is not one file`)
  return built.output[0].code
}

/**
 * The names of the files that only pages without offline use load. What any other page loads too is not among them,
 * nor is a file that no page names (fonts, wasm).
 */
export function onlineOnly(bundle: Readonly<Record<string, Built>>): Set<string> {
  const entries = Object.keys(bundle).filter((name) => bundle[name]?.isEntry)
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

/**
 * Lays smaller copies (.br, .gz) beside the built files, so that the server need not compress anything: on a phone's
 * network the first visit costs a third.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const WORTH_IT = /\.(js|css|html|svg|json|webmanifest|wasm)$/
/** A smaller file fits into the first packets either way. */
const LEAST_BYTES = 1_000

export function compressed(): Plugin {
  let outDir = ''
  return {
    name: 'xunyue-compressed',
    apply: 'build',
    enforce: 'post',
    configResolved({ root, build }) {
      outDir = resolve(root, build.outDir)
    },
    closeBundle: {
      order: 'post',
      handler() {
        for (const file of filesIn(outDir)) for (const [suffix, bytes] of copiesOf(file)) writeFileSync(file + suffix, bytes)
      },
    },
  }
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The copies that are worth keeping, by the suffix of their names. */
function copiesOf(file: string): [suffix: string, bytes: Buffer][] {
  if (!WORTH_IT.test(file)) return []
  const bytes = readFileSync(file)
  if (bytes.length < LEAST_BYTES) return []
  return [['.br', brotli(bytes)], ['.gz', gzipSync(bytes, { level: 9 })]]
}

function brotli(bytes: Buffer): Buffer {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_MAX_QUALITY } = constants
  return brotliCompressSync(bytes, {
    params: { [BROTLI_PARAM_QUALITY]: BROTLI_MAX_QUALITY, [BROTLI_PARAM_SIZE_HINT]: bytes.length },
  })
}

import { expect, it } from 'vitest'
import { onlineOnly, shellOf } from './serviceWorker.ts'

const files = (values: Record<string, string> = {}) =>
  new Map(
    Object.entries({
      'index.html': '<html>',
      'assets/a-1.js': 'a',
      'assets/a-1.js.map': '{}',
      'icon.svg': '<svg/>',
      ...values,
    }),
  )

it('keeps the page under its address, and no source maps', () => {
  expect(shellOf(files(), 'worker').files).toEqual(['/assets/a-1.js', '/icon.svg', '/'])
})

it('has another version when any file, its name or the worker changes, and else the same', () => {
  const { version } = shellOf(files(), 'worker')
  expect(shellOf(files(), 'worker').version).toBe(version)
  expect(shellOf(files({ 'icon.svg': '<svg />' }), 'worker').version).not.toBe(version)
  expect(shellOf(files({ 'assets/b-2.js': '' }), 'worker').version).not.toBe(version)
  expect(shellOf(files(), 'worker 2').version).not.toBe(version)
  expect(shellOf(files({ 'assets/a-1.js.map': '{"v":2}' }), 'worker').version).toBe(version)
})

it('leaves out what only pages without offline use load, not what others share with them', () => {
  const page = (feature: string, css: string, imports: string[] = []) => ({
    type: 'chunk' as const,
    facadeModuleId: `/pwa/src/features/${feature}/Page.vue`,
    imports,
    viteMetadata: { importedCss: new Set([css]) },
  })
  const bundle = {
    'index.js': { type: 'chunk' as const, isEntry: true, dynamicImports: ['today.js', 'manager.js'] },
    'today.js': page('today', 'today.css', ['shared.js']),
    'manager.js': page('fulfilment', 'manager.css', ['shared.js', 'figures.js']),
    'shared.js': { type: 'chunk' as const },
    'figures.js': { type: 'chunk' as const },
    'today.css': { type: 'asset' as const },
    'manager.css': { type: 'asset' as const },
    'reader.wasm': { type: 'asset' as const },
  }
  expect([...onlineOnly(bundle)].sort()).toEqual(['figures.js', 'manager.css', 'manager.js'])
})

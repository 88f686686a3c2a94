import { expect, it } from 'vitest'
import { shellOf } from './serviceWorker.ts'

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

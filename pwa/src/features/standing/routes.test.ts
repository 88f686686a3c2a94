import { expect, it } from 'vitest'
import { routes } from '@/app/features'

it('is the start of fulfilment, once, and every page of it asks for the permission to read it', () => {
  const pages = routes.filter(({ path }) => path.startsWith('/fulfilment'))
  expect(pages.filter(({ name }) => name === 'fulfilment').map(({ path }) => path)).toEqual(['/fulfilment'])
  expect(pages.every(({ meta }) => meta?.permissions?.includes('fulfilment.read'))).toBe(true)
  expect(new Set(pages.map(({ name }) => name)).size).toBe(pages.length)
})

import { expect, it } from 'vitest'
import { routes } from '@/app/features'
import { routes as own } from './routes'

it('is the start of fulfilment, once, beside the pages below it', () => {
  const pages = routes.filter(({ path }) => path.startsWith('/fulfilment'))
  expect(pages.filter(({ name }) => name === 'fulfilment').map(({ path }) => path)).toEqual(['/fulfilment'])
  expect(new Set(pages.map(({ name }) => name)).size).toBe(pages.length)
})

it('asks for the permission to read fulfilment on every page of its own', () => {
  expect(own.map(({ meta }) => meta?.permissions)).toEqual(own.map(() => ['fulfilment.read']))
})

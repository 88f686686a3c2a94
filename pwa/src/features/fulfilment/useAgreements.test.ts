// @vitest-environment happy-dom
import { effectScope, nextTick, ref } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { agreementsPath, endingOf, useAgreements } from './useAgreements'

const TOTAL = 5
const asked: string[] = []
let scope = effectScope()

beforeEach(() => {
  scope = effectScope()
  vi.stubGlobal('fetch', (path: string) => {
    const query = new URLSearchParams(path.split('?')[1])
    asked.push(decodeURIComponent(path.replace('/api/v1', '')))
    const offset = Number(query.get('offset') ?? 0)
    const agreements = query.get('search') ? [{ id: 'found' }] : [0, 1].map((n) => ({ id: `a${String(offset + n)}` })).filter((_, n) => offset + n < TOTAL)
    const body = { total: query.get('search') ? 1 : TOTAL, offset, as_of: '2026-11-22', agreements }
    return Promise.resolve(new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } }))
  })
})

afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
})

it('asks for what is typed, as it is', () => {
  expect(agreementsPath('')).toBe('/agreements')
  expect(decodeURIComponent(agreementsPath('松&鹤', 100))).toBe('/agreements?search=松&鹤&offset=100')
  expect(agreementsPath('&')).toBe('/agreements?search=%26')
})

it('goes on where the page ended until all are there, and begins anew with another search', async () => {
  const search = ref('')
  const list = scope.run(() => useAgreements(search))
  if (!list) throw new Error('no scope')
  await vi.waitFor(() => expect(list.agreements.value).toHaveLength(2))
  expect(list.left.value).toBe(3)
  await list.more()
  await list.more()
  expect(list.agreements.value.map(({ id }) => id)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4'])
  expect(list.left.value).toBe(0)
  search.value = '松鹤'
  await nextTick()
  await vi.waitFor(() => expect(list.agreements.value.map(({ id }) => id)).toEqual(['found']))
  expect(asked).toEqual(['/agreements', '/agreements?offset=2', '/agreements?offset=4', '/agreements?search=松鹤'])
})

it.each([
  ['active', '2026-12-22', { state: 'ends', days: 30 }],
  ['active', '2026-12-23', null],
  ['active', '2026-11-22', { state: 'ends', days: 0 }],
  ['expired', '2026-11-21', { state: 'settles', days: 30 }],
  ['terminated', '2026-10-23', { state: 'settles', days: 1 }],
  ['terminated', '2026-10-22', null],
  ['draft', '2026-11-22', null],
] as const)('%s until %s is marked on 2026-11-22', (state, last_day, marked) => {
  expect(endingOf({ state, last_day }, '2026-11-22')).toEqual(marked)
})

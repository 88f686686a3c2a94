import { afterEach, describe, expect, it, vi } from 'vitest'
import { transport } from './transport'

const PAGE = { protocol: 1, cursor: 'next' }

function asked(): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(() =>
    Promise.resolve(new Response(JSON.stringify(PAGE), { headers: { 'Content-Type': 'application/json' } })),
  )
  vi.stubGlobal('fetch', fetched)
  return fetched
}

afterEach(() => vi.unstubAllGlobals())

describe('asking for the working set', () => {
  it('is by address as long as one holds it', async () => {
    const fetched = asked()
    for (const cursor of [undefined, 'c'.repeat(6000), 'c'.repeat(6001)])
      expect(await transport.pull(cursor)).toEqual({ ok: true, value: PAGE })
    const paths = fetched.mock.calls.map(([path]) => String(path).replace(/c{2,}$/, 'c'))
    expect(paths).toEqual(['/api/v1/sync', '/api/v1/sync?cursor=c', '/api/v1/sync/read'])
  })
  it('is at length beyond it, with the same words', async () => {
    const fetched = asked()
    const ids = Array.from({ length: 300 }, (_, number) => `0193a5b0-1234-7abc-8def-${String(number).padStart(12, '0')}`)
    expect(await transport.pull('cursor', ids)).toEqual({ ok: true, value: PAGE })
    const [path, request] = fetched.mock.calls[0] as [string, RequestInit]
    expect([path, request.method]).toEqual(['/api/v1/sync/read', 'POST'])
    expect(JSON.parse(String(request.body))).toEqual({ cursor: 'cursor', institutions: ids.join() })
  })
})

import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Entry } from '@/api/wire'
import { newOutboxEntry, type OutboxEntry } from './outbox'
import { keepPhoto, keptPhoto, sendPhotos, usePhotos, wipePhotos } from './photos'
import { current, outbox, vault, type OpenAccount } from './state'
import { glassVault } from './vault'

const ME = 'me'
const picture = () => new Blob([Uint8Array.from([255, 216, 7, 255, 217])], { type: 'image/jpeg' })
const asked: string[] = []
let status = 204

beforeEach(() => {
  status = 204
  asked.length = 0
  current.value = { author: { id: ME, name: '陈' } } as OpenAccount
  vault.value = glassVault
  vi.stubGlobal('fetch', (address: string) => {
    asked.push(address)
    const refused = JSON.stringify({ error: { code: 'conflict', message: '', details: { reason: 'not_named' } } })
    const json = { headers: { 'Content-Type': 'application/json' }, status }
    return Promise.resolve(status === 204 ? new Response(null, { status }) : new Response(refused, json))
  })
})
afterEach(async () => {
  await wipePhotos(ME)
  outbox.value = []
  vi.unstubAllGlobals()
})

function naming(photo: string, change: Partial<OutboxEntry> = {}): OutboxEntry {
  const payload = { service: 'pressure_injury_care', form: { photos: [photo] } }
  const entry = { id: 'line', kind: 'record', round_id: 'visit', at: '', elapsed_ms: 0, payload } as unknown as Entry
  return { ...newOutboxEntry(ME, entry, 0), ...change }
}

describe('photos on the phone', () => {
  it('are kept as they were drawn, and count once a record names them', async () => {
    const id = await keepPhoto(picture())
    expect(await (await keptPhoto(id))?.arrayBuffer()).toEqual(await picture().arrayBuffer())
    const { unsent } = usePhotos()
    expect(unsent.value).toBe(0)
    outbox.value = [naming(id)]
    expect(unsent.value).toBe(1)
  })
  it('wait for their record, follow it, and are gone when they have arrived', async () => {
    const id = await keepPhoto(picture())
    outbox.value = [naming(id)]
    await sendPhotos(ME)
    expect(asked).toEqual([])
    outbox.value = [naming(id, { state: 'stored' })]
    await sendPhotos(ME)
    expect(asked).toEqual([`/api/v1/photos/${id}?line_id=line`])
    expect(await keptPhoto(id)).toBeNull()
    expect(usePhotos().unsent.value).toBe(0)
  })
  it('know their record when the entry has left the phone', async () => {
    const id = await keepPhoto(picture())
    outbox.value = [naming(id)]
    await sendPhotos(ME)
    outbox.value = []
    await sendPhotos(ME)
    expect(asked).toHaveLength(1)
  })
  it('are tried again where nothing was heard, and shown where they were refused', async () => {
    const id = await keepPhoto(picture())
    outbox.value = [naming(id, { state: 'stored' })]
    for (const each of [503, 404]) {
      status = each
      await sendPhotos(ME)
      expect(usePhotos().refused.value).toEqual([])
    }
    status = 409
    await sendPhotos(ME)
    expect(usePhotos().refused.value).toMatchObject([{ id, refused: 'not_named' }])
    await sendPhotos(ME)
    expect(asked).toHaveLength(3)
  })
  it('go with the entry that was given up, and with the account', async () => {
    const given = await keepPhoto(picture())
    outbox.value = [naming(given, { handled: { how: 'dropped', by: null, at: 0 } })]
    await sendPhotos(ME)
    expect(await keptPhoto(given)).toBeNull()
    const other = await keepPhoto(picture())
    await wipePhotos(ME)
    expect(await keptPhoto(other)).toBeNull()
  })
})

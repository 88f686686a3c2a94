import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Refused } from '@/api/client'
import { fromBase64Url } from '@/rules/bytes'
import { parseCode } from '@/rules/codes'
import { enrol, handshakeText, shakeHands } from './contact'
import { codeOf } from './key'
import { changeKiosk, dropKiosk, keepKiosk, readKiosk, readRevoked } from './store'

const SERVER_TIME = '2026-11-22T04:00:00.000Z'
const ENROLLED = {
  kiosk: { id: '0193a5b0-1111-7000-8000-000000000001', name: '一楼大厅' },
  institution: { id: 'home', name: '颐养园' },
  server_time: SERVER_TIME,
}
const P256 = { name: 'ECDSA', namedCurve: 'P-256' }

/** What the device sent, as the server gets it; it answers with `body`. */
let sent: { path: string; body: Record<string, unknown> }[]
let answer: { status: number; body: object }

beforeEach(() => {
  sent = []
  answer = { status: 200, body: ENROLLED }
  vi.stubGlobal('navigator', { userAgent: 'Android Chrome' })
  vi.stubGlobal('fetch', (path: string, { body }: { body: string }) => {
    sent.push({ path, body: JSON.parse(body) as Record<string, unknown> })
    const headers = { 'Content-Type': 'application/json' }
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status, headers }))
  })
})
afterEach(() => vi.unstubAllGlobals())

async function verifies(jwk: unknown, signature: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>) {
  const key = await crypto.subtle.importKey('jwk', jwk as JsonWebKey, P256, false, ['verify'])
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, message)
}

describe('a kiosk', () => {
  it('hands over the public half of a key whose private half cannot be read, and keeps the server’s time', async () => {
    const kiosk = await enrol('ABCD-2345')
    const { public_key, ...rest } = sent[0]?.body ?? {}
    expect(rest).toMatchObject({ code: 'ABCD-2345' })
    expect(Object.keys(public_key as object).sort()).toEqual(['crv', 'kty', 'x', 'y'])
    await expect(crypto.subtle.exportKey('jwk', kiosk.key)).rejects.toThrow()
    expect(Math.abs(kiosk.clock.at - Date.parse(SERVER_TIME))).toBeLessThan(1_000)
  })

  it('is still that one after the page was opened again, and signs what its public key verifies', async () => {
    await enrol('ABCD-2345')
    const kept = await readKiosk()
    if (!kept) throw new Error('nothing was kept')
    const shown = { kioskId: kept.id, step: 59_642_000, jumped: false, minutesSinceKnown: 3 }
    const code = parseCode(await codeOf(kept.key, shown))
    if (code?.kind !== 'rotating') throw new Error('no rotating code')
    expect(code.token).toMatchObject(shown)
    expect(await verifies(sent[0]?.body['public_key'], code.token.signature, code.token.signed)).toBe(true)
  })

  it('signs its handshake over the documented text', async () => {
    const kiosk = await enrol('ABCD-2345')
    answer = { status: 200, body: { ...ENROLLED, recent: [], revoked: false } }
    await shakeHands(kiosk, { ...kiosk.clock, jumps: 2 })
    const { path, body } = sent[1] ?? { path: '', body: {} }
    expect(path).toBe(`/api/v1/kiosks/${kiosk.id}/handshake`)
    expect(body['jumps']).toBe(2)
    const text = handshakeText(kiosk.id, String(body['sent_at']), 2)
    expect(text.split('\n')).toEqual(['xunyue kiosk handshake v1', kiosk.id, body['sent_at'], '', '2'])
    const signature = fromBase64Url(String(body['signature']))
    if (!signature) throw new Error('no signature')
    expect(await verifies(sent[0]?.body['public_key'], signature, new TextEncoder().encode(text))).toBe(true)
  })

  it('keeps nothing of a code that was refused', async () => {
    answer = { status: 422, body: { error: { code: 'invalid', fields: [{ path: 'code', code: 'unknown_code' }] } } }
    const before = await readKiosk()
    await expect(enrol('ABCD-2345')).rejects.toBeInstanceOf(Refused)
    expect((await readKiosk())?.id).toBe(before?.id)
  })

  it('loses its key when it is revoked, and what another tab says of it then changes nothing', async () => {
    const kiosk = await enrol('ABCD-2345')
    await dropKiosk(kiosk)
    await changeKiosk(kiosk.id, { name: '二楼' })
    expect(await readKiosk()).toBeNull()
    expect(await readRevoked()).toEqual({ institution: '颐养园', name: '一楼大厅' })
    await keepKiosk(kiosk)
    expect(await readRevoked()).toBeNull()
  })
})

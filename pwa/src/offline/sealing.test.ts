import { describe, expect, it } from 'vitest'
import type { Entry, SealedEntry, SealingKey } from '@/api/wire'
import { fromBase64Url } from '@/rules/bytes'
import { boundTo, cipherFrom, joined, sealerFor } from './sealing'
import ofPython from '../../../tests/golden/sealing/sealed-by-python.json'
import ofTypescript from '../../../tests/golden/sealing/sealed-by-typescript.json'

interface Vector {
  server: SealingKey
  author: string
  cases: { entry: Entry; sealed: SealedEntry['sealed'] }[]
}

const CURVE = { name: 'ECDH', namedCurve: 'P-256' }
const bytesOf = (text: string) => fromBase64Url(text) ?? new Uint8Array()

/** The server's half, as server/sync/sealing.py does it. */
async function opened(sealed: SealedEntry['sealed'], entry: Entry, { server, author }: Vector): Promise<unknown> {
  const { subtle } = crypto
  const own = await subtle.importKey('jwk', server.jwk, CURVE, false, ['deriveBits'])
  const { kty, crv, x, y } = server.jwk
  const ownPoint = await subtle.importKey('jwk', { kty, crv, x, y } as JsonWebKey, CURVE, true, [])
  const theirs = await subtle.importKey('raw', bytesOf(sealed.epk), CURVE, true, [])
  const secret = await subtle.deriveBits({ name: 'ECDH', public: theirs }, own, 256)
  const salt = joined(bytesOf(sealed.epk).buffer, await subtle.exportKey('raw', ownPoint))
  const cipher = await cipherFrom(secret, salt)
  const parameters = { name: 'AES-GCM', iv: bytesOf(sealed.iv), additionalData: boundTo(entry, author) }
  const plain = await subtle.decrypt(parameters, cipher, bytesOf(sealed.box))
  return JSON.parse(new TextDecoder().decode(plain)) as unknown
}

describe('sealed entries', () => {
  it.each([
    ['the server', ofPython as unknown as Vector],
    ['a phone', ofTypescript as unknown as Vector],
  ])('sealed by %s are opened with the key of the server', async (_, vector) => {
    for (const { entry, sealed } of vector.cases) expect(await opened(sealed, entry, vector)).toEqual(entry)
  })

  it('are opened by the server that a phone seals to, and for nobody else', async () => {
    const vector = ofPython as unknown as Vector
    const sealer = await sealerFor(vector.server)
    const seals = await Promise.all(vector.cases.map(({ entry }) => sealer.seal(entry, vector.author)))
    for (const [index, { entry }] of vector.cases.entries()) {
      const sealed = seals[index]
      if (!sealed) throw new Error('not sealed')
      expect(await opened(sealed, entry, vector)).toEqual(entry)
      await expect(opened(sealed, entry, { ...vector, author: 'somebody' })).rejects.toThrow()
    }
    expect(new Set(seals.map(({ epk }) => epk)).size).toBe(1)
    expect(new Set(seals.map(({ iv }) => iv)).size).toBe(3)
    expect(JSON.stringify(seals)).not.toContain('何长林')
  })
})

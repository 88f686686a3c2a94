/**
 * Seals entries to the server's public key, so that they can be sent while the phone is locked, survive
 * sign-out and go into a file that nobody else reads. The server's half is server/sync/sealing.py; the golden
 * vectors in tests/golden/sealing hold both together, and docs/phone-security.md has the format.
 */
import type { Entry, SealedEntry, SealingKey, Uuid } from '@/api/wire'
import { toBase64Url } from '@/rules/bytes'

const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const
const INFO = new TextEncoder().encode('xunyue entry v1')
const IV_BYTES = 12

export interface Sealer {
  /** The server's key that it seals to. */
  key: string
  seal: (entry: Entry, author: Uuid) => Promise<SealedEntry['sealed']>
}

/**
 * A sealer with an ephemeral key of its own, whose private half is gone when this returns: what was sealed
 * with it is opened by the server alone. It may seal many entries, each with another iv.
 */
export async function sealerFor({ id, jwk }: SealingKey): Promise<Sealer> {
  const { crv, kty, x, y } = jwk
  const { subtle } = crypto
  const server = await subtle.importKey('jwk', { crv, kty, x, y } as JsonWebKey, CURVE, true, [])
  const ephemeral = await subtle.generateKey(CURVE, true, ['deriveBits'])
  const [point, serverPoint, secret] = await Promise.all([
    subtle.exportKey('raw', ephemeral.publicKey),
    subtle.exportKey('raw', server),
    subtle.deriveBits({ name: 'ECDH', public: server }, ephemeral.privateKey, 256),
  ])
  const cipher = await cipherFrom(secret, joined(point, serverPoint))
  const epk = toBase64Url(new Uint8Array(point))
  return { key: id, seal: (entry, author) => sealWith(cipher, { key: id, epk }, entry, author) }
}

/** The cipher both sides derive; `salt` is the ephemeral point followed by the server's. */
export async function cipherFrom(secret: ArrayBuffer, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt, info: INFO },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

async function sealWith(
  cipher: CryptoKey,
  { key, epk }: { key: string; epk: string },
  entry: Entry,
  author: Uuid,
): Promise<SealedEntry['sealed']> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const plain = new TextEncoder().encode(JSON.stringify(entry))
  const additionalData = boundTo(entry, author)
  const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, cipher, plain)
  return { v: 1, key, epk, iv: toBase64Url(iv), box: toBase64Url(new Uint8Array(box)) }
}

/** What the box is bound to: no entry can be passed off as another one, or as another person's. */
export function boundTo(
  { id, kind, round_id }: Pick<SealedEntry, 'id' | 'kind' | 'round_id'>,
  author: Uuid,
): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode([id, kind, round_id, author].join('|').toLowerCase())
}

export function joined(first: ArrayBuffer, second: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.byteLength + second.byteLength)
  both.set(new Uint8Array(first))
  both.set(new Uint8Array(second), first.byteLength)
  return both
}

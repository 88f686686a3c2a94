/** The kiosk's own key pair. Only the public half ever leaves the device. */
import { signedPart, tokenText, type Shown } from '@/rules/rotatingToken'

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' }

/** False on plain http, where browsers offer no cryptography. */
export function canSign(): boolean {
  return (crypto as { subtle?: SubtleCrypto }).subtle !== undefined
}

/** A new pair: the private key not extractable, the public one as the server takes it. */
export async function newKey(): Promise<{ key: CryptoKey; publicKey: JsonWebKey }> {
  const pair = await crypto.subtle.generateKey(CURVE, false, ['sign', 'verify'])
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  return { key: pair.privateKey, publicKey: { kty, crv, x, y } as JsonWebKey }
}

/** r||s, 64 bytes. */
export async function sign(key: CryptoKey, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign(SIGNATURE, key, bytes))
}

export async function codeOf(key: CryptoKey, shown: Shown): Promise<string> {
  const signed = signedPart(shown)
  return tokenText(signed, await sign(key, signed))
}

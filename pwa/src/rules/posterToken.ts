/**
 * The code on the wall: 87 bytes as base64url, signed by the server with ECDSA P-256, checked here without a
 * network. Byte 0 kind (1 = poster), 1-4 key id, 5-20 institution, 21-22 version, 23-86 signature r||s over
 * bytes 0-22.
 */
import { fromBase64Url, toHex, toUuid } from './bytes'
import type { Institution, Reference, Uuid } from './facts'

const LENGTH = 87
const SIGNED = 23
const POSTER = 1

export interface PosterToken {
  text: string
  keyId: string
  institutionId: Uuid
  version: number
  signed: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

/**
 * What a scanned text turned out to be. `unverifiable`: no WebCrypto here (plain http), only the server can
 * say. `unknownKey`: forged, or signed with a newer key than this phone has heard of.
 */
export type Scanned =
  | { kind: 'foreign' }
  | { kind: 'forged'; token: string; unknownKey: boolean }
  | { kind: 'not_yours'; token: string }
  | { kind: 'revoked'; token: string; institution: Institution; version: number }
  | { kind: 'unverifiable'; token: string; institution: Institution }
  | { kind: 'ok'; token: string; institution: Institution }

/** The token inside a scanned link (any host) or a bare token; null when the text is something else. */
export function parsePosterToken(scanned: string): PosterToken | null {
  const text = /\/q\/([A-Za-z0-9_-]+)\/?(?:[?#].*)?$/.exec(scanned.trim())?.[1] ?? scanned.trim()
  const bytes = fromBase64Url(text)
  if (bytes?.length !== LENGTH || bytes[0] !== POSTER) return null
  return {
    text,
    keyId: toHex(bytes.subarray(1, 5)),
    institutionId: toUuid(bytes.subarray(5, 21)),
    version: (bytes[21] ?? 0) * 256 + (bytes[22] ?? 0),
    signed: bytes.slice(0, SIGNED),
    signature: bytes.slice(SIGNED),
  }
}

/**
 * Judges a scanned text against the keys and institutions held. `subtle` is undefined where there is no
 * WebCrypto.
 */
export async function judgeScan(
  scanned: string,
  keys: Reference['keys'],
  institutions: readonly Institution[],
  subtle: SubtleCrypto | undefined,
): Promise<Scanned> {
  const token = parsePosterToken(scanned)
  if (!token) return { kind: 'foreign' }
  const known = keys.find((key) => key.id === token.keyId)
  if (subtle && !(known && (await isSigned(token, known.jwk, subtle))))
    return { kind: 'forged', token: token.text, unknownKey: !known }
  const institution = institutions.find((each) => each.id === token.institutionId)
  if (!institution) return { kind: 'not_yours', token: token.text }
  if (!subtle) return { kind: 'unverifiable', token: token.text, institution }
  if (institution.poster?.version !== token.version)
    return { kind: 'revoked', token: token.text, institution, version: token.version }
  return { kind: 'ok', token: token.text, institution }
}

async function isSigned(token: PosterToken, jwk: JsonWebKey, subtle: SubtleCrypto): Promise<boolean> {
  const key = await subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
  return subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, token.signature, token.signed)
}

const SHORT_CODE = /^[A-HJ-NP-Z2-9]{8}$/

/** The short code as posters print it (`ABCD-2345`) from what was typed; null when it cannot be one. */
export function readShortCode(typed: string): string | null {
  const text = typed.toUpperCase().replace(/[^A-Z0-9]/g, '')
  return SHORT_CODE.test(text) ? `${text.slice(0, 4)}-${text.slice(4)}` : null
}

export function institutionByShortCode(
  code: string,
  institutions: readonly Institution[],
): Institution | undefined {
  return institutions.find((each) => each.poster && readShortCode(each.poster.short_code) === code)
}

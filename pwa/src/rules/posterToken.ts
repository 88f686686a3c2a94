/**
 * The code on the wall: 87 bytes as base64url, signed by the server with ECDSA P-256, checked here without a
 * network. Byte 0 kind (1 = poster), 1-4 key id, 5-20 institution, 21-22 version, 23-86 signature r||s over
 * bytes 0-22.
 */
import { fromBase64Url, toHex, toUuid } from './bytes'
import type { Institution, Uuid } from './facts'

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

/** The parts of a bare token, unverified; null when it is no poster. */
export function parsePosterToken(text: string): PosterToken | null {
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

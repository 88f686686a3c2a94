/**
 * The code of a kiosk's screen: 89 bytes as base64url, signed by the kiosk's own key with ECDSA P-256. Byte 0 kind
 * (2 = rotating), 1-16 kiosk, 17-21 time step (its corrected unix seconds / 30, big-endian), 22 flags (bit 0: its
 * clock jumped since it was last known), 23-24 minutes since its clock was known, 25-88 signature r||s over bytes
 * 0-24. docs/sync-protocol.md describes it for third parties.
 */
import { fromBase64Url, fromUuid, toBase64Url, toUuid } from './bytes'
import type { Uuid } from './facts'

export const STEP_MS = 30_000
export const ROTATING = 2
const SIGNED = 25
const LENGTH = 89
const JUMPED = 1
const MOST_MINUTES = 0xffff

/** What a kiosk says with one code. */
export interface Shown {
  kioskId: Uuid
  step: number
  jumped: boolean
  /** Whole minutes since the kiosk's clock was last compared with the server's; 65535 stands for more. */
  minutesSinceKnown: number
}

export interface RotatingToken extends Shown {
  text: string
  signed: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

/** The time step of a moment in ms. */
export function stepOf(at: number): number {
  return Math.floor(at / STEP_MS)
}

/** The bytes that a kiosk signs. */
export function signedPart({ kioskId, step, jumped, minutesSinceKnown }: Shown): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIGNED)
  const view = new DataView(bytes.buffer)
  bytes[0] = ROTATING
  bytes.set(fromUuid(kioskId), 1)
  view.setUint8(17, Math.floor(step / 2 ** 32))
  view.setUint32(18, step % 2 ** 32)
  bytes[22] = jumped ? JUMPED : 0
  view.setUint16(23, Math.min(MOST_MINUTES, Math.max(0, Math.floor(minutesSinceKnown))))
  return bytes
}

export function tokenText(signed: Uint8Array, signature: Uint8Array): string {
  return toBase64Url(Uint8Array.from([...signed, ...signature]))
}

/** The parts of a bare token, unverified; null when it is no rotating code. */
export function parseRotatingToken(text: string): RotatingToken | null {
  const bytes = fromBase64Url(text)
  // What is verified is all that was signed: a flag without a meaning yet is none of ours.
  if (bytes?.length !== LENGTH || bytes[0] !== ROTATING || (bytes[22] ?? 0) > JUMPED) return null
  const view = new DataView(bytes.buffer)
  return {
    text,
    kioskId: toUuid(bytes.subarray(1, 17)),
    step: view.getUint8(17) * 2 ** 32 + view.getUint32(18),
    jumped: view.getUint8(22) === JUMPED,
    minutesSinceKnown: view.getUint16(23),
    signed: bytes.slice(0, SIGNED),
    signature: bytes.slice(SIGNED),
  }
}

/** The two calls of a kiosk, which has no session: its own key says who it is. */
import { api } from '@/api/client'
import type { Enrolled, HandshakeReply } from '@/api/wire'
import { deviceName } from '@/offline'
import { askToPersist } from '@/offline/storage'
import { known, type Heard, type KioskClock, type Reading } from '@/rules/kioskClock'
import { toBase64Url } from '@/rules/bytes'
import { newKey, sign } from './key'
import { keepKiosk, type Kiosk } from './store'

/** Slower answers say too little about the time. */
const ANSWER_WITHIN_MS = 10_000

export function readingNow(): Reading {
  return { wall: Date.now(), mono: performance.timeOrigin + performance.now() }
}

/** Makes a key pair and enrols this device with a one-time code. @throws Refused or Unreached. */
export async function enrol(code: string): Promise<Kiosk> {
  const { key, publicKey } = await newKey()
  const body = { code, public_key: publicKey, device_name: deviceName() }
  const { answer, heard, reading } = await timed(() => api.post<Enrolled>('/kiosks/enrolments', body))
  const { id, name } = answer.kiosk
  const kiosk = { id, name, institution: answer.institution, key, clock: known(heard, reading, null) }
  await keepKiosk(kiosk)
  await askToPersist()
  return kiosk
}

export interface Shaken {
  reply: HandshakeReply
  heard: Heard
  reading: Reading
}

/** Compares clocks and reports jumps. @throws Refused (410 `revoked`) or Unreached. */
export async function shakeHands(kiosk: Kiosk, clock: KioskClock): Promise<Shaken> {
  const sent_at = new Date(clock.at).toISOString()
  const signed = new TextEncoder().encode(handshakeText(kiosk.id, sent_at, clock.jumps))
  const body = { sent_at, jumps: clock.jumps, signature: toBase64Url(await sign(kiosk.key, signed)) }
  const late = AbortSignal.timeout(ANSWER_WITHIN_MS)
  const { answer, heard, reading } = await timed(() =>
    api.post<HandshakeReply>(`/kiosks/${kiosk.id}/handshake`, body, late),
  )
  return { reply: answer, heard, reading }
}

/** What a kiosk signs at a handshake; the empty line stands for a nonce, which it does not send. */
export function handshakeText(kioskId: string, sentAt: string, jumps: number): string {
  return `xunyue kiosk handshake v1\n${kioskId}\n${sentAt}\n\n${jumps}`
}

async function timed<T extends Enrolled>(ask: () => Promise<T>): Promise<{ answer: T; heard: Heard; reading: Reading }> {
  const before = readingNow()
  const answer = await ask()
  const reading = readingNow()
  return { answer, heard: { server: Date.parse(answer.server_time), roundTrip: reading.mono - before.mono }, reading }
}

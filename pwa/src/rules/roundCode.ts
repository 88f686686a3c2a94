/**
 * The code with which colleagues join a round: 43 bytes as base64url, signed by nobody. Byte 0 kind (3), 1-16 round,
 * 17-21 time step (unix seconds / 30, big-endian), 22-37 institution, 38-42 unix seconds of the check-in. It names
 * the round; what shows that a colleague was there is the colleague's own place and time. Cases: tests/golden/presence.
 */
import { fromBase64Url, fromUuid, toBase64Url, toUuid } from './bytes'
import { distanceMetres } from './distance'
import type { Grade, Institution, Position, Uuid } from './facts'
import { stepOf } from './rotatingToken'

const KIND = 3
const LENGTH = 43
const STEP_TOLERANCE = 4
const OPEN_TOLERANCE_MS = 5 * 60_000
const USABLE_ACCURACY_M = 100
const LATEST_MS = Date.UTC(10_000, 0)

export interface RoundCode {
  roundId: Uuid
  step: number
  institutionId: Uuid
  /** ms, in whole seconds. */
  checkedInAt: number
}

export function roundCodeText({ roundId, step, institutionId, checkedInAt }: RoundCode): string {
  const seconds = Math.floor(checkedInAt / 1000)
  return toBase64Url(
    Uint8Array.from([KIND, ...fromUuid(roundId), ...fiveBytes(step), ...fromUuid(institutionId), ...fiveBytes(seconds)]),
  )
}

/** Its parts; null when the text is no such code. */
export function parseRoundCode(text: string): RoundCode | null {
  const bytes = fromBase64Url(text)
  if (bytes?.length !== LENGTH || bytes[0] !== KIND) return null
  const checkedInAt = numberOf(bytes.slice(38)) * 1000
  if (checkedInAt >= LATEST_MS) return null
  return {
    roundId: toUuid(bytes.slice(1, 17)),
    step: numberOf(bytes.slice(17, 22)),
    institutionId: toUuid(bytes.slice(22, 38)),
    checkedInAt,
  }
}

function fiveBytes(value: number): number[] {
  return [4, 3, 2, 1, 0].map((place) => Math.floor(value / 256 ** place) % 256)
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0)
}

export type JoinReason =
  | 'joined_inside_fence'
  | 'round_code_unreadable'
  | 'code_out_of_step'
  | 'outside_round_time'
  | 'no_location_on_file'
  | 'no_fix'
  | 'outside_fence'
  | 'inaccurate_fix'

/** A colleague's arrival at a round, as far as it is known where it is judged. */
export interface Joining {
  roundId: Uuid
  roundGrade: Grade
  checkedInAt: number
  checkedOutAt: number | null
  code: RoundCode | null
  /** When the code was scanned, ms, corrected. */
  capturedAt: number
  institution: Pick<Institution, 'location' | 'fence_m'>
  fix: Pick<Position, 'latitude' | 'longitude' | 'accuracy_m'> | null
}

/** The round's own grade for whoever was inside the fence while it lasted, with its code of that moment; else D. */
export function joinGrade(joining: Joining): { grade: Grade; reasons: JoinReason[] } {
  const against = [...codeReasons(joining), ...placeReasons(joining)]
  if (against.length > 0) return { grade: 'D', reasons: against }
  return { grade: joining.roundGrade, reasons: ['joined_inside_fence'] }
}

function codeReasons({ roundId, checkedInAt, checkedOutAt, code, capturedAt }: Joining): JoinReason[] {
  const reasons: JoinReason[] = []
  if (code?.roundId !== roundId) reasons.push('round_code_unreadable')
  if (code && Math.abs(code.step - stepOf(capturedAt)) > STEP_TOLERANCE) reasons.push('code_out_of_step')
  const after = checkedOutAt !== null && capturedAt > checkedOutAt + OPEN_TOLERANCE_MS
  if (capturedAt < checkedInAt - OPEN_TOLERANCE_MS || after) reasons.push('outside_round_time')
  return reasons
}

function placeReasons({ institution, fix }: Joining): JoinReason[] {
  if (!institution.location) return ['no_location_on_file']
  if (!fix) return ['no_fix']
  const rough = fix.accuracy_m > USABLE_ACCURACY_M
  const nearest = distanceMetres(fix, institution.location) - (rough ? fix.accuracy_m : 0)
  if (nearest > institution.fence_m) return ['outside_fence']
  return rough ? ['inaccurate_fix'] : []
}

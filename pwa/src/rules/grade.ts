/**
 * The grade a check-in would get now, with the server's reasons, and what would raise it. The server decides.
 */
import { distanceMetres, type Place } from './distance'
import type { CheckInMethod, Grade, Institution, PositionProblem } from './facts'

/** A fix is good enough for the fence up to this accuracy, in metres. */
export const USABLE_ACCURACY_M = 100

export interface Fix extends Place {
  accuracy_m: number
}

export type FixState =
  { kind: 'asking' } | { kind: 'fixed'; fix: Fix } | { kind: 'failed'; problem: PositionProblem }

export type GradeReason =
  | 'poster_inside_fence'
  | 'no_fix'
  | 'inaccurate_fix'
  | 'outside_fence'
  | 'no_location_on_file'
  | 'poster_revoked'
  | 'short_code'
  | 'manual'

export type Raise =
  | 'wait_for_fix'
  | 'allow_location'
  | 'retry_location'
  | 'go_outside'
  | 'move_closer'
  | 'scan_poster'
  | 'scan_new_poster'

export interface GradePreview {
  grade: Grade
  reasons: GradeReason[]
  raise: Raise[]
  /** Metres to the institution's place on file, null without a fix or a place. */
  distance_m: number | null
}

export interface CheckInSoFar {
  method: CheckInMethod
  posterRevoked: boolean
  institution: Institution
  fix: FixState
}

export function previewGrade(checkIn: CheckInSoFar): GradePreview {
  const distance_m = distanceTo(checkIn.institution, checkIn.fix)
  const reasons = [...methodReasons(checkIn), ...placeReasons(checkIn, distance_m)]
  if (reasons.length === 0) return { grade: 'C', reasons: ['poster_inside_fence'], raise: [], distance_m }
  const raise = reasons.flatMap((reason) => raiseFor(reason, checkIn.fix))
  return { grade: 'D', reasons, raise: [...new Set(raise)], distance_m }
}

function distanceTo(institution: Institution, state: FixState): number | null {
  if (state.kind !== 'fixed' || !institution.location) return null
  return distanceMetres(state.fix, institution.location)
}

function methodReasons(checkIn: CheckInSoFar): GradeReason[] {
  if (checkIn.method !== 'poster') return [checkIn.method]
  return checkIn.posterRevoked ? ['poster_revoked'] : []
}

function placeReasons(checkIn: CheckInSoFar, distance: number | null): GradeReason[] {
  if (!checkIn.institution.location) return ['no_location_on_file']
  if (checkIn.fix.kind !== 'fixed' || distance === null) return ['no_fix']
  if (checkIn.fix.fix.accuracy_m > USABLE_ACCURACY_M) return ['inaccurate_fix']
  return distance > checkIn.institution.fence_m ? ['outside_fence'] : []
}

function raiseFor(reason: GradeReason, fix: FixState): Raise[] {
  if (reason === 'no_fix') return raiseFix(fix)
  return RAISE_BY_REASON[reason] ?? []
}

const RAISE_BY_REASON: Partial<Record<GradeReason, Raise[]>> = {
  inaccurate_fix: ['go_outside'],
  outside_fence: ['move_closer'],
  poster_revoked: ['scan_new_poster'],
  short_code: ['scan_poster'],
  manual: ['scan_poster'],
}

function raiseFix(fix: FixState): Raise[] {
  if (fix.kind === 'asking') return ['wait_for_fix']
  if (fix.kind === 'failed' && fix.problem === 'denied') return ['allow_location']
  return fix.kind === 'failed' && fix.problem === 'unsupported' ? [] : ['retry_location']
}

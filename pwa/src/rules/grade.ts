/**
 * The grade a check-in would get now, with the server's reasons, and what would raise it. The server decides.
 */
import { kiosksOf, type CodeReason } from './codes'
import { distanceMetres, type Place } from './distance'
import type { CheckInMethod, Grade, Institution, PositionProblem } from './facts'

/** A fix is good enough for the fence up to this accuracy, in metres. */
export const USABLE_ACCURACY_M = 100

export interface Fix extends Place {
  accuracy_m: number
}

export type FixState =
  | { kind: 'asking' }
  /** `ahead_ms`: how far the phone's clock is ahead of the position's own time. */
  | { kind: 'fixed'; fix: Fix; ahead_ms?: number }
  | { kind: 'failed'; problem: PositionProblem }

export type PlaceReason = 'no_location_on_file' | 'no_fix' | 'inaccurate_fix' | 'outside_fence'

export type GradeReason = 'rotating_inside_fence' | 'poster_inside_fence' | CodeReason | PlaceReason

export type Raise =
  | 'wait_for_fix'
  | 'allow_location'
  | 'retry_location'
  | 'open_encrypted'
  | 'go_outside'
  | 'move_closer'
  | 'scan_kiosk'
  | 'scan_current_code'
  | 'scan_next_code'
  | 'kiosk_online'
  | 'sync'
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
  /** From rules/codes; empty when nothing speaks against the code. */
  codeReasons: readonly CodeReason[]
  institution: Institution
  fix: FixState
}

/** What leaves a rotating code in step worth a B: a place that nobody could measure, a clock not quite known. */
const LOWERING: ReadonlySet<GradeReason> = new Set<GradeReason>([
  'kiosk_clock_old',
  'kiosk_clock_jumped',
  'no_location_on_file',
  'no_fix',
  'inaccurate_fix',
])

export function previewGrade(checkIn: CheckInSoFar): GradePreview {
  const { distance_m, reasons: ofPlace } = judgePlace(checkIn.institution, checkIn.fix)
  const against: GradeReason[] = [...checkIn.codeReasons, ...ofPlace]
  const grade = gradeOf(checkIn.method, against)
  return { grade, reasons: against.length ? against : [full(checkIn.method)], raise: raises(checkIn, against), distance_m }
}

function gradeOf(method: CheckInMethod, against: readonly GradeReason[]): Grade {
  const rotating = method === 'rotating'
  if (against.length === 0) return rotating ? 'A' : 'C'
  return rotating && against.every((reason) => LOWERING.has(reason)) ? 'B' : 'D'
}

function full(method: CheckInMethod): GradeReason {
  return method === 'rotating' ? 'rotating_inside_fence' : 'poster_inside_fence'
}

/**
 * How far the phone is, and what speaks against its place; nothing: it is inside. A rough fix proves no presence, but
 * absence it does: where all of the circle it names lies outside the fence.
 */
export function judgePlace(
  { location, fence_m }: Pick<Institution, 'location' | 'fence_m'>,
  state: FixState,
): { distance_m: number | null; reasons: PlaceReason[] } {
  if (!location) return { distance_m: null, reasons: ['no_location_on_file'] }
  if (state.kind !== 'fixed') return { distance_m: null, reasons: ['no_fix'] }
  const distance_m = distanceMetres(state.fix, location)
  const rough = state.fix.accuracy_m > USABLE_ACCURACY_M
  if (distance_m - (rough ? state.fix.accuracy_m : 0) > fence_m) return { distance_m, reasons: ['outside_fence'] }
  return { distance_m, reasons: rough ? ['inaccurate_fix'] : [] }
}

/** What the clinician can do now; a code that is stronger than this one is named first. */
function raises({ method, institution, fix }: CheckInSoFar, against: readonly GradeReason[]): Raise[] {
  const stronger: Raise[] = method !== 'rotating' && kiosksOf(institution).length ? ['scan_kiosk'] : []
  const mending = against.flatMap((reason) => {
    if (reason === 'no_fix') return raiseFix(fix)
    return reason === 'outside_fence' ? raiseOutside(fix) : (RAISE_BY_REASON[reason] ?? [])
  })
  return [...new Set([...stronger, ...mending])]
}

/** A rough fix may be wrong about where one stands: a better one is asked for first. */
function raiseOutside(fix: FixState): Raise[] {
  const rough = fix.kind === 'fixed' && fix.fix.accuracy_m > USABLE_ACCURACY_M
  return rough ? ['go_outside', 'move_closer'] : ['move_closer']
}

const RAISE_BY_REASON: Partial<Record<GradeReason, Raise[]>> = {
  code_out_of_step: ['scan_current_code'],
  code_used_before: ['scan_next_code'],
  kiosk_unknown: ['sync'],
  kiosk_clock_old: ['kiosk_online'],
  kiosk_clock_jumped: ['kiosk_online'],
  inaccurate_fix: ['go_outside'],
  poster_revoked: ['scan_new_poster'],
  short_code: ['scan_poster'],
  manual: ['scan_poster'],
}

function raiseFix(fix: FixState): Raise[] {
  if (fix.kind === 'asking') return ['wait_for_fix']
  if (fix.kind === 'failed' && fix.problem === 'denied') return ['allow_location']
  return fix.kind === 'failed' && fix.problem === 'unsupported' ? ['open_encrypted'] : ['retry_location']
}

import type { Day, Words } from './basics'

export type Rule = 'blood_pressure' | 'glucose' | 'self_care' | 'constitution' | 'ability' | 'completeness'

/** Named thresholds in force from a day on; a county may put its own in the place of `targets`. */
export interface PolicyDocument {
  code: string
  version: number
  rule: string
  from: Day
  source: Words
  targets: Record<string, { value: number | string; min: number | string; max: number | string }>
  limits: Record<string, unknown>
}

/** A county's own target from a day on; null: the policy's own again. */
export interface CountyTarget {
  region: string
  policy: string
  target: string
  starts: Day
  value: number | string | null
}

export type Action =
  | 'routine'
  | 'adjust_treatment'
  | 'advise_referral'
  | 'emergency_referral'
  | 'recheck'
  | 'suspected'
  | 'advise_venous_test'
  | 'record_only'

interface Said {
  /** `code/version` of the policy. */
  policy: string
  /** Which county's target stood in, from when: `330106@2026-07-01`. */
  county?: string
  /** What other rules say of what was measured beside; `action` and `followup_days` are the strongest of all. */
  beside?: Assessment[]
}

/** What to do about a measurement; null where the person has no diagnosis, or the value says nothing of it. */
interface Advice extends Said {
  controlled: boolean | null
  /** Readings of several days in a row that missed the target, with this one and before it. */
  uncontrolled: number
  uncontrolled_before: number
  action: Action
  followup_days: number | null
}

export interface PressureAssessment extends Advice {
  rule: 'blood_pressure'
  grade: 'normal' | 'high_normal' | 'grade1' | 'grade2' | 'grade3'
  isolated_systolic: boolean
  target: { sbp_below: number; dbp_below: number } | null
  /** Readings of several days in a row at or above 140/90 of somebody without the diagnosis. */
  raised: number
  raised_before: number
}

export interface GlucoseAssessment extends Advice {
  rule: 'glucose'
  target: { fasting_below: string } | null
}

export interface SelfCareAssessment extends Said {
  rule: 'self_care'
  total: number
  level: 'independent' | 'mild' | 'moderate' | 'dependent'
}

export type ConstitutionVerdict = 'yes' | 'tendency' | 'basically' | 'no'

export interface ConstitutionAssessment extends Said {
  rule: 'constitution'
  scores: Record<string, number>
  types: Record<string, ConstitutionVerdict>
}

export interface AbilityAssessment extends Said {
  rule: 'ability'
  total: number | null
  groups: Record<string, number | null>
  base: number | null
  level: number
  adjusted: string[]
}

export interface CompletenessAssessment extends Said {
  rule: 'completeness'
  filled: number
  of: number
  missing: string[]
}

/** What the values of a record meant on its day. A later rule may say more than this version knows. */
export type Assessment = Record<string, unknown> &
  (
    | PressureAssessment
    | GlucoseAssessment
    | SelfCareAssessment
    | ConstitutionAssessment
    | AbilityAssessment
    | CompletenessAssessment
  )

/** What the clinical rules are told, as the server's (server/clinical/rules/facts.py). */

export type { Assessment, CountyTarget, PolicyDocument } from '@/api/wire'

export interface Facts {
  /** Completed years on the day; null where nobody knows. */
  age: number | null
  /** Codes that hold on the day. */
  conditions: readonly string[]
  /** Readings of earlier days in a row that missed the target. */
  uncontrolled: number
  /** Those in a row at or above the threshold of somebody without the diagnosis. */
  raised: number
  /** The fields of a check-up that count towards its completeness. */
  summary: readonly string[]
}

/** Thresholds by name; `county`: whose target stands in for the policy's own, and from when. */
export interface Policy {
  name: string
  limits: Readonly<Record<string, unknown>>
  county: string | null
}

export type Limits = Policy['limits']
export type Values = Readonly<Record<string, unknown>>

/** Of what nothing is known. */
export const NO_FACTS: Facts = { age: null, conditions: [], uncontrolled: 0, raised: 0, summary: [] }

/** A whole number that was entered, null for anything else. */
export function whole(values: Values, name: string): number | null {
  const value = values[name]
  return Number.isSafeInteger(value) ? (value as number) : null
}

export function limit<Kind>(limits: Limits, name: string): Kind {
  if (!(name in limits)) throw new Error(`the policy has no ${name}`)
  return limits[name] as Kind
}

export function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0)
}

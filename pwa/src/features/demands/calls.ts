/** What a call looks like at a moment: how long it has waited, and how that stands to what was promised. Pure. */

import type { Demand, Instant, Role, Uuid } from '@/api/wire'

const MINUTE = 60_000
/** Everyone here works on Chinese time, whatever the phone believes. */
const ZONE = '+08:00'
const ZONE_MS = 8 * 60 * MINUTE

/**
 * waiting, late: nobody answered yet, within the promise or after it; open: without a promised time.
 * met, missed, answered: answered likewise. withdrawn counts nowhere.
 */
export type Standing = 'waiting' | 'late' | 'open' | 'met' | 'missed' | 'answered' | 'withdrawn'

export function standingOf(call: Demand, now: number): Standing {
  if (call.withdrawn_at) return 'withdrawn'
  const limit = call.limit_at === null ? null : Date.parse(call.limit_at)
  if (call.answered_at === null) {
    if (limit === null) return 'open'
    return now > limit ? 'late' : 'waiting'
  }
  if (limit === null) return 'answered'
  return Date.parse(call.answered_at) > limit ? 'missed' : 'met'
}

/** How much of the promised time has gone, 0 to 1; null where none was promised. */
export function usedShare(call: Demand, now: number): number | null {
  if (call.limit_minutes === null) return null
  const gone = now - Date.parse(call.asked_at)
  return call.limit_minutes === 0 ? 1 : Math.min(1, Math.max(0, gone / (call.limit_minutes * MINUTE)))
}

interface Person {
  readonly memberships: readonly { readonly organisation_id: Uuid; readonly role: Role }[]
}

/** On which side of a call somebody stands. Who is asked comes first: nobody states a time for herself. */
export function sideOf(me: Person | null, call: Demand): 'asked' | 'asking' | null {
  const roles = (id: string) =>
    me?.memberships.filter((each) => each.organisation_id === id).map((each) => each.role) ?? []
  if (roles(call.medical.id).some((role) => role === 'clinician' || role === 'manager')) return 'asked'
  if (roles(call.institution.id).some((role) => role === 'care_staff' || role === 'manager')) return 'asking'
  return null
}

/** A moment as a local date and time field reads it: "2026-11-22T13:06". */
export function localMinute(at: number): string {
  return new Date(at + ZONE_MS).toISOString().slice(0, 16)
}

/**
 * The moment meant by a field that knows minutes only: within the minute of asking it is the moment of asking, within
 * the present minute now. null when it lies outside of the two, or is none.
 */
export function statedMoment(typed: string, asked: Instant, now: number): Instant | null {
  const at = Date.parse(`${typed}:00${ZONE}`)
  const [first, minute] = [Date.parse(asked), (moment: number) => Math.floor(moment / MINUTE)]
  if (Number.isNaN(at) || minute(at) < minute(first) || minute(at) > minute(now)) return null
  return new Date(Math.max(at, first)).toISOString()
}

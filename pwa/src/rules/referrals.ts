/** What may become of a referral: the same as server/referrals/rules.py, in whatever order the steps are known. Pure. */
import type { Day, Direction, Named, Referral, ReferralAct, ReferralState, ServedUnder, Uuid } from '@/api/wire'
import { addDays } from './days'

/** A referral is recorded as one of these services; each goes one way. */
export const DIRECTIONS: Readonly<Record<string, Direction>> = {
  green_channel_emergency: 'green_channel',
  emergency_transfer: 'green_channel',
  referral_up: 'up',
  referral_down: 'down',
}
export const DIRECTION_NAMES = ['green_channel', 'up', 'down'] as const
/** As which service a new one is recorded. */
export const SERVICES: Readonly<Record<Direction, string>> = {
  green_channel: 'green_channel_emergency',
  up: 'referral_up',
  down: 'referral_down',
}
export const DECLINE_REASONS = ['no_bed', 'not_equipped', 'not_indicated', 'other_hospital_better', 'other'] as const
export const OUTCOMES = ['admitted', 'treated_returned', 'transferred_on', 'died', 'not_arrived'] as const
export const DONE_REASONS = [
  ...(['done_elsewhere', 'in_hospital', 'declined', 'moved_out'] as const),
  ...(['died', 'not_needed', 'other'] as const),
]
/** Days within which somebody is seen again after an urgent reading. */
const FOLLOW_UP_DAYS = 14

const FURTHEST: readonly (readonly [ReferralAct, ReferralState])[] = [
  ['void', 'void'],
  ['close', 'closed'],
  ['arrive', 'arrived'],
  ['depart', 'departed'],
  ['decline', 'declined'],
  ['accept', 'accepted'],
]

/** The furthest that is known; the order in which the steps came is nothing to it. */
export function stateOf(acts: readonly ReferralAct[]): ReferralState {
  return FURTHEST.find(([act]) => acts.includes(act))?.[1] ?? 'requested'
}

export function isSettled({ state }: Pick<Referral, 'state'>): boolean {
  return state === 'declined' || state === 'closed' || state === 'void'
}

export type Side = 'sender' | 'receiver' | 'care'

interface Person {
  readonly memberships: readonly { readonly organisation_id: Uuid; readonly role: string }[]
}

/** On which sides of a referral somebody works with patients. */
export function sidesOf(me: Person | null, referral: Referral): Side[] {
  const works = (id: Uuid | undefined, role: string) =>
    me?.memberships.some((each) => each.organisation_id === id && each.role === role) ?? false
  const sides: Side[] = []
  if (works(referral.sender.id, 'clinician')) sides.push('sender')
  if (works(referral.receiver?.id, 'clinician')) sides.push('receiver')
  if (works(referral.institution.id, 'care_staff')) sides.push('care')
  return sides
}

export type Say = Exclude<ReferralAct, 'void'> | 'withdraw' | 'back'

/**
 * What somebody on these sides may say next, the most likely first. Of a hospital outside the product the sender
 * speaks for it: somebody rang there.
 */
export function sayable(referral: Referral, sides: readonly Side[]): Say[] {
  const is = (side: Side) => sides.includes(side)
  const receives = is('receiver') || (referral.receiver === null && is('sender'))
  const acts = referral.steps.map((step) => step.act)
  if (acts.includes('void') || sides.length === 0) return []
  const may: [Say, boolean][] = [
    ['accept', receives && !acts.some((act) => act === 'accept' || act === 'decline')],
    ['decline', receives && referral.state === 'requested'],
    ['depart', (is('sender') || is('care')) && !acts.some((act) => act === 'depart' || act === 'arrive')],
    ['arrive', !acts.includes('arrive')],
    ['close', receives],
    ['withdraw', is('sender') && !acts.includes('arrive')],
  ]
  const open = isSettled(referral) ? [] : may.filter(([, allowed]) => allowed).map(([say]) => say)
  const back = is('receiver') && referral.direction !== 'down' && acts.includes('arrive')
  return [...open, ...(back && referral.state === 'closed' ? (['back'] as const) : []), 'family']
}

type Served = Pick<ServedUnder, 'medical' | 'starts' | 'last_day' | 'answers'>

/** Which hospital serves an institution on a day: under the agreement that began first. */
export function servedBy(agreements: readonly Served[], on: Day): Named | null {
  const inForce = agreements.filter(({ starts, last_day }) => starts <= on && on <= last_day)
  return inForce.reduce<Served | null>((first, each) => (first && first.starts <= each.starts ? first : each), null)?.medical ?? null
}

/** Within how many minutes this hospital promised an answer on that day, by the strictest of its agreements. */
export function promisedMinutes(agreements: readonly Served[], medical: Uuid, service: string, on: Day): number | null {
  const limits = agreements
    .filter((each) => each.medical.id === medical && each.starts <= on && on <= each.last_day)
    .flatMap(({ answers }) => answers?.[service] ?? [])
  return limits.length ? Math.min(...limits) : null
}

export type Running = 'answered' | 'missed' | 'waiting' | 'late' | 'open'

/** How its answer stands to what the agreement promises. */
export function runningOf(referral: Referral, now: number): Running {
  const limit = referral.limit_at === null ? null : Date.parse(referral.limit_at)
  if (referral.answered_at !== null) return limit !== null && Date.parse(referral.answered_at) > limit ? 'missed' : 'answered'
  if (limit === null) return 'open'
  return now > limit ? 'late' : 'waiting'
}

export function followUpDue(on: string): string {
  return addDays(on, FOLLOW_UP_DAYS)
}

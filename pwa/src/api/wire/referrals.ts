import type { Day, FormData, Instant, Named, Uuid } from './basics'

export type Direction = 'green_channel' | 'up' | 'down'
export type ReferralAct = 'accept' | 'decline' | 'depart' | 'arrive' | 'close' | 'family' | 'void'
export type ReferralState =
  'requested' | 'accepted' | 'declined' | 'departed' | 'arrived' | 'closed' | 'void'

export interface ReferralStep {
  id: Uuid
  act: ReferralAct
  at: Instant
  received_at: Instant
  by: string
  reason: string | null
  outcome: string | null
  text: string | null
  /** Of the family: who was told. */
  name: string | null
  relation: string | null
}

/** The urgent record that led to a referral. */
export interface LedTo {
  service: string
  on: Day
  form: FormData
  urgent: string[]
}

/** For a regulator the name is masked, and the rest is empty. */
export interface Referred {
  id: Uuid
  name: string
  bed: string
  sex: string | null
  born: Day | null
}

export interface Referral {
  id: Uuid
  institution_id: Uuid
  institution: Named
  sender: Named
  /** null: a hospital outside this product, which the form names. */
  receiver: Named | null
  subject: Referred
  service: string
  direction: Direction
  form: FormData
  reading: LedTo | null
  from_id: Uuid | null
  state: ReferralState
  /** It is a call on demand of the agreement. */
  counts: boolean
  requested_at: Instant
  requested_by: string
  /** When the receiver could know of it, and when it answered, by the server's clock. */
  asked_at: Instant
  answered_at: Instant | null
  limit_minutes: number | null
  limit_at: Instant | null
  steps: ReferralStep[]
}

export interface ReferralList {
  now: Instant
  total: number
  referrals: Referral[]
}

/** All that a phone holds of referrals, in the place of what it held. */
export interface HeldReferrals {
  rows: Referral[]
  receivers: Named[]
}

export interface FollowUpWord {
  by: string
  at: Instant
  reason: string
  text: string | null
}

/** A duty to see somebody again; its id follows from that of the urgent record that made it. */
export interface FollowUp {
  id: Uuid
  record_id: Uuid
  institution_id: Uuid
  institution: Named
  /** Who owes it. */
  medical: Named
  /** Who took the reading. */
  performer: Named
  subject_id: Uuid
  subject_name: string
  bed: string
  service: string
  /** The quantity that any service may measure again, or else the service. */
  matter: string
  on: Day
  due_on: Day
  urgent: string[]
  state: 'open' | 'done' | 'void'
  /** The day of the record that closed it; without one, the resident's last day there. */
  closed_on: Day | null
  closed_by_id: Uuid | null
  word: FollowUpWord | null
}

export interface FollowUpList {
  today: Day
  total: number
  open: number
  overdue: number
  follow_ups: FollowUp[]
}

export interface RequestPayload {
  institution_id: Uuid
  subject_id: Uuid
  service: string
  receiver_id: Uuid | null
  form: FormData
  form_version: number
  unusual: string[]
  reading_id: Uuid | null
  from_id: Uuid | null
  demand_id: Uuid | null
  late_reason?: string
  late_text?: string | null
}

export interface StepPayload {
  referral_id: Uuid
  text: string | null
}

/** With a reason it is declined. */
export interface AcceptPayload extends StepPayload {
  reason: string | null
}

export interface ClosePayload extends StepPayload {
  outcome: string
}

export interface FamilyPayload extends StepPayload {
  name: string
  relation: string | null
}

export interface FollowUpDonePayload {
  institution_id: Uuid
  follow_up_id: Uuid
  reason: string
  text: string | null
}

import type { Day, FormData, Instant, Named, Rate, Uuid, Words } from './basics'
import type { Form, Grade, Line, Outcome, Round, Ruling } from './workingSet'

export type AgreementState = 'draft' | 'signed' | 'active' | 'expired' | 'terminated'

export interface AgreementSummary {
  id: Uuid
  number: string
  medical: Named
  care: Named
  state: AgreementState
  starts: Day
  ends: Day
  last_day: Day
  confirmed_rate: Rate
  reported_rate: Rate
  on_time_rate: Rate
  signed_on: Day | null
  service_mode: string
  /** `rated` of `of` commitments have a confirmed rate. */
  rated: number
  of: number
  worst: { id: Uuid; title: Words; confirmed_rate: Rate } | null
}

export interface AgreementList {
  /** How many there are; the list begins at `offset`. */
  total: number
  offset: number
  as_of: Day
  agreements: AgreementSummary[]
}

export interface Sums {
  promised: number
  confirmed: number
  reported: number
  excused: number
}

/** Of a window that cannot be met any more, must have its next visit within days, or lies behind its pace. */
export type Risk = 'lost' | 'last_chance' | 'behind'

/** How open windows stand by the reported figures; never a rate. */
export interface Standing {
  /** What would be done by now at an even pace. */
  expected: number | null
  /** What is still to be done. */
  owed: number
  /** By when the next one must come, given the gap rule. */
  last_chance: Day | null
  risk: Risk | null
}

/** The open windows of a commitment together. */
export interface Pace extends Sums, Standing {
  windows: number
  /** How many subjects owe. */
  owing: number
}

/** Requests on demand: taken, not yet due, due, and of those answered in time. */
export interface DemandFigures {
  requests: number
  open_requests: number
  due: number
  met: number
}

/** The count promised per window from a day on. */
export interface Term {
  from: Day
  count: number
}

export interface YearPromise {
  year: number
  promised: number
}

export interface Eligible {
  min_age?: number
  any_of?: string[]
}

export type Unit = 'day' | 'week' | 'month' | 'quarter' | 'half_year' | 'year' | 'term'

/** What a commitment promises, as fulfilment.md defines its fields. */
export interface Clause {
  services: string[]
  /** Any of the services, or all of them on one day. */
  match: 'any' | 'all'
  scope: 'institution' | 'resident'
  kind: CommitmentKind
  per: string | null
  every: number
  align: string
  /** How a period only partly in force is promised. */
  partial: string
  min_days: number
  min_minutes: number
  min_attendees: number
  min_gap_days: number
  makeup_days: number
  count_by: string
  eligible: Eligible
  weight: string
  within_days: number | null
  respond_within_minutes: number | null
}

export interface MonthFigures extends Sums {
  /** "2026-10": due windows by the month of their end. */
  month: string
}

export interface CommitmentFulfilment extends Clause {
  id: Uuid
  key: string
  title: Words
  category: string
  /** In force on the day of the figures. */
  count: number
  terms: Term[]
  promised_by_year: YearPromise[]
  due_promised: number
  due_confirmed: number
  due_confirmed_late: number
  due_confirmed_excused: number
  due_reported: number
  due_reported_excused: number
  confirmed_rate: Rate
  reported_rate: Rate
  on_time_rate: Rate
  open: Sums
  /** Null where no window is open. */
  pace: Pace | null
  /** Of on-demand commitments only. */
  demand: DemandFigures | null
  months: MonthFigures[]
}

export interface AgreementFulfilment extends AgreementSummary {
  as_of: Day
  suspensions: { from: Day; to: Day; reason: string }[]
  /** Worst first. */
  commitments: CommitmentFulfilment[]
  grades: Record<Grade, number>
  rounds_total: number
  /** How many of its counts are being made again just now. */
  recomputing: number
}

export type CommitmentKind = 'periodic' | 'once' | 'on_demand'

/** `number` tells masked names apart; null where the name is whole. */
export interface Subject extends Named {
  bed: string
  number: number | null
}

export type WindowStatus = 'met' | 'partial' | 'missed' | 'open' | 'excused'

export interface WindowSummary {
  start: Day
  end: Day
  deadline: Day
  due: boolean
  promised: number
  confirmed: number
  confirmed_late: number
  confirmed_excused: number
  reported: number
  reported_excused: number
  subjects: number
  statuses: Record<WindowStatus, number>
  /** Of an open window; 0 and null otherwise. */
  expected: number | null
  owed: number
  owing: number
  last_chance: Day | null
  risk: Risk | null
}

export type DemandState = 'met' | 'late' | 'unanswered' | 'open' | 'noted'

/** One request on demand: when it was made and answered, against its limit. */
export interface DemandRow {
  id: Uuid
  asked_at: Instant
  answered_at: Instant | null
  /** From asking to answering, or until now; whole ones. */
  minutes: number
  limit_at: Instant | null
  state: DemandState
  subject: Named | null
  note: string
  asked_by: string
  answered_by: string | null
}

export interface AgreementHead {
  id: Uuid
  number: string
  medical: Named
  care: Named
}

export interface CommitmentWindows {
  as_of: Day
  agreement: AgreementHead
  commitment: CommitmentFulfilment
  /** Newest first. */
  windows: WindowSummary[]
  /** Of once commitments, at most 500: each resident's own window. */
  obligations: Obligation[]
  /** Of on-demand commitments, newest first. */
  requests: DemandRow[]
}

export interface Obligation {
  id: Uuid
  subject: Subject | null
  start: Day
  end: Day
  deadline: Day
  due: boolean
  status: WindowStatus
  promised: number
  confirmed: number
  confirmed_late: number
  confirmed_surplus: number
  confirmed_excused: number
  reported: number
  reported_late: number
  reported_surplus: number
  reported_excused: number
  /** Of an open window: null and 0 otherwise. */
  expected: number | null
  owed: number
  /** From when the next one can count, given the gap rule. */
  earliest: Day | null
  last_chance: Day | null
  risk: Risk | null
}

export interface WindowObligations {
  as_of: Day
  agreement: AgreementHead
  commitment: CommitmentFulfilment
  window: WindowSummary
  /** The shortest of their promise first. */
  obligations: Obligation[]
}

export type Verdict = 'counted' | 'late' | 'excused' | 'surplus' | 'not_counted'

export interface Period {
  start: Day
  end: Day
}

export interface JudgedRecord {
  line: Line
  round: Round | null
  verdict: Verdict
  /** Counts in the reported figure only. */
  reported_only: boolean
  /** What it did or why it did nothing, the main one first; the fields below go with one of them each. */
  reasons: string[]
  /** counted_elsewhere: the window it counts in. */
  where: Period | null
  /** too_soon: the counted day it lies too close to, and the first that keeps the distance, if there is one. */
  too_close_to: Day | null
  far_enough_on: Day | null
  /** bundle_incomplete: the services that are not there. */
  missing: string[]
  /** not_eligible: by what. */
  ineligible: 'age' | 'condition' | null
}

/** How the days of a period make its promise; each day is in one class, the first that applies. */
export interface PromiseDays {
  first: Day
  last: Day
  /** Of the whole period; `length` in the formula. */
  days: number
  promising: number
  not_in_force: number
  suspended: number
  not_living_here: number
  /** Too young, or without the condition. */
  not_eligible: number
  too_young: number
  without_condition: number
  nothing_promised: number
  /** Of the counts promised on each day. */
  sum: number
  length: number
  partial: 'prorate' | 'full' | 'whole' | 'once'
  min_days: number
  most: number
  least: number
  promised: number
  /** How many days promise how much. */
  counts: { count: number; days: number }[]
}

export interface ObligationRecords {
  as_of: Day
  agreement: AgreementHead
  commitment: CommitmentFulfilment
  obligation: Obligation
  promise: PromiseDays | null
  records: JudgedRecord[]
  /** Records of the same subject that no window shows. */
  outside: JudgedRecord[]
}

export interface RoundWithLines {
  round: Round
  lines: Line[]
}

export interface LineVersion {
  version: number
  at: Instant
  by: string
  reason: string | null
  reason_text: string | null
  outcome: Outcome
  form: FormData
  received_at: Instant
  no_signal: boolean
  late_reason: string | null
  late_text: string | null
}

export interface LineAct {
  at: Instant
  by: string
  act: 'confirm' | 'dispute' | 'uphold'
  reason: string | null
  text: string | null
  version: number
}

/** A line with all that was said of it; `form`: what it filled in, for the words of its fields. */
export interface LineHistory {
  line: Line
  round: Round
  versions: LineVersion[]
  history: LineAct[]
  rulings: Ruling[]
  form: Form | null
}

/** A disputed line; `awaits`: who has the next word, null where it is settled. */
export interface DisputeCase {
  line: Line
  institution: Named
  medical: Named
  awaits: 'clinician' | 'managers' | 'regulator' | null
  may_rule: boolean
  /** The code of why not. */
  why_not: string | null
}

/** `total` counts what `cases` shows the first of. */
export interface DisputeCases {
  now: Instant
  total: number
  cases: DisputeCase[]
}

/** An institution in the list of posters. */
export interface PosterPlace {
  id: Uuid
  name: string
  address: string
  town: string
  poster: { version: number; short_code: string } | null
}

export interface Poster {
  institution: Named
  address: string
  version: number
  short_code: string
  url: string
  /** The QR code as SVG markup. */
  svg: string
  issued_at: Instant
}

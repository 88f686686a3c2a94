import type { Day, Instant, Named, Rate, Uuid, Words } from './basics'
import type { FormData, Grade, Line, Outcome, Round } from './workingSet'

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
  as_of: Day
  agreements: AgreementSummary[]
}

export interface Pace {
  promised: number
  confirmed: number
  reported: number
  excused: number
}

export interface MonthFigures extends Pace {
  /** "2026-10": due windows by the month of their end. */
  month: string
}

export interface CommitmentFulfilment {
  id: Uuid
  key: string
  title: Words
  services: string[]
  /** Any of the services, or all of them on one day. */
  match: 'any' | 'all'
  scope: 'institution' | 'resident'
  kind: 'periodic' | 'once' | 'on_demand'
  per: string | null
  every: number
  align: string
  /** In force today. */
  count: number
  min_gap_days: number
  makeup_days: number
  eligible: { min_age?: number; any_of?: string[] }
  weight: string
  due_promised: number
  due_confirmed: number
  due_confirmed_late: number
  due_confirmed_excused: number
  due_reported: number
  due_reported_excused: number
  confirmed_rate: Rate
  reported_rate: Rate
  on_time_rate: Rate
  open: Pace
  months: MonthFigures[]
}

export interface AgreementFulfilment extends AgreementSummary {
  as_of: Day
  suspensions: { from: Day; to: Day; reason: string }[]
  /** Worst first. */
  commitments: CommitmentFulfilment[]
  grades: Record<Grade, number>
  rounds_total: number
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
}

export interface Obligation {
  id: Uuid
  subject: { id: Uuid; name: string; bed: string } | null
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

export interface JudgedRecord {
  line: Line
  round: Round | null
  verdict: Verdict
  /** Counts in the reported figure only. */
  reported_only: boolean
  reasons: string[]
}

export interface ObligationRecords {
  as_of: Day
  agreement: AgreementHead
  commitment: CommitmentFulfilment
  obligation: Obligation
  records: JudgedRecord[]
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
}

export interface LineAct {
  at: Instant
  by: string
  act: 'confirm' | 'dispute' | 'void'
  reason: string | null
  text: string | null
  version: number
}

export interface LineHistory {
  line: Line
  round: Round
  versions: LineVersion[]
  history: LineAct[]
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

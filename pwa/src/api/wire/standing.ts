import type { Day, Instant, Named, Rate, Uuid, Words } from './basics'
import type { AgreementHead, CommitmentKind, Risk } from './fulfilment'

/** "2026", "2026-Q3" or "2026-07". */
export type PeriodKey = string

export type PlaceLevel = 'all' | 'province' | 'city' | 'county' | 'town' | 'institution'
export type GroupLevel = 'county' | 'town' | 'institution' | 'agreement'

export interface PlaceStep {
  level: PlaceLevel
  /** What asks for it: a code, a town's name or an id; empty for everything. */
  key: string
  name: string
}

export interface StandingPlace extends PlaceStep {
  /** From the widest in the actor's reach down to the place itself. */
  path: PlaceStep[]
}

/** The commitment with the lowest rate. */
export interface Worst {
  agreement_id: Uuid
  commitment_id: Uuid
  title: Words
  confirmed_rate: Rate
  medical: Named
  care: Named
}

/** Means over agreements that have a rate. */
export interface MeanRates {
  confirmed_rate: Rate
  reported_rate: Rate
  on_time_rate: Rate
}

export interface StandingGroup extends MeanRates {
  level: GroupLevel
  key: string
  name: string
  agreements: number
  /** How many of them have a rate. */
  rated: number
  worst: Worst | null
}

/** Pooled counts of due windows. Residents, institutions and requests are never added up together. */
export interface CategoryCounts {
  category: string
  name: Words
  scope: 'institution' | 'resident' | 'demand'
  promised: number
  excused: number
  confirmed: number
  confirmed_late: number
  reported: number
  reported_excused: number
  share: Rate
  reported_share: Rate
}

export interface MonthStanding {
  /** "2026-01". */
  period: PeriodKey
  agreements: number
  rated: number
  confirmed_rate: Rate
  reported_rate: Rate
}

export interface RegionStanding extends MeanRates {
  as_of: Day
  period: { key: PeriodKey; first: Day; last: Day }
  /** Those that have figures, newest first. */
  periods: PeriodKey[]
  place: StandingPlace
  /** How many agreements' figures are being made again just now. */
  recomputing: number
  /** When the worker computed a past day of many agreements; null where it was computed now. */
  computed_at: Instant | null
  /** How many of them could not be computed. */
  left_out: number
  agreements: number
  rated: number
  worst: Worst | null
  /** Worst first. */
  categories: CategoryCounts[]
  /** Worst first, those without a rate last. */
  groups: StandingGroup[]
  trend: MonthStanding[]
}

export interface WindowAtRisk {
  commitment_id: Uuid
  title: Words
  agreement: AgreementHead
  start: Day
  end: Day
  deadline: Day
  promised: number
  reported: number
  confirmed: number
  excused: number
  /** What would be done by now at an even pace. */
  expected: number
  owed: number
  /** How many subjects owe. */
  owing: number
  /** By when the next one must come, or must have come. */
  last_chance: Day
  risk: Risk
}

export interface RiskGroup {
  agreement: AgreementHead | null
  /** Who made most rounds there lately; null: nobody did. */
  clinician: Named | null
  owed: number
  first_chance: Day | null
  windows: WindowAtRisk[]
}

export interface AtRisk {
  as_of: Day
  by: 'agreement' | 'clinician'
  /** Windows in all, and how many of them are here. */
  total: number
  shown: number
  /** Most urgent first. */
  groups: RiskGroup[]
}

export type FrozenCategory = Omit<CategoryCounts, 'name' | 'share' | 'reported_share'>

export interface PublishedHead {
  id: Uuid
  region: { code: string; name: string }
  period: PeriodKey
  first: Day
  last: Day
  as_of: Day
  published_at: Instant
  published_by: string | null
  /** Pending: the worker freezes it; digest and headline are empty until it is published. */
  state: 'pending' | 'published' | 'failed'
  failure: 'recomputing' | 'broken' | null
  /** Agreements frozen, of how many (0 before it began); of a pending one only. */
  progress: { frozen: number; of: number } | null
  digest: string
  headline: MeanRates & { agreements: number; rated: number; categories: FrozenCategory[] }
}

export interface PublishedList {
  /** Newest first. */
  published: PublishedHead[]
}

/** What is frozen of a window, by name. */
export type FrozenFigures = Record<
  'promised' | 'confirmed' | 'confirmed_late' | 'confirmed_excused' | 'reported' | 'reported_excused',
  number
>

export interface Adjustment {
  agreement: AgreementHead
  commitment_id: Uuid
  title: Words
  kind: CommitmentKind
  start: Day
  end: Day
  /** Null where the window was not there. */
  frozen: FrozenFigures | null
  now: FrozenFigures | null
  cause: 'changed' | 'came_due' | 'gone' | 'new'
}

export interface PublishedAgreement {
  agreement: AgreementHead
  frozen: MeanRates
  now: MeanRates
  changed: boolean
}

/** One page of it: up to 200 agreements, those that changed first, and 200 adjustments. */
export interface PublishedPeriod extends PublishedHead {
  agreements: PublishedAgreement[]
  agreements_total: number
  adjustments: Adjustment[]
  adjustments_total: number
}

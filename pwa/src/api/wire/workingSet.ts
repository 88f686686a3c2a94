import type { FollowUp, HeldReferrals } from './referrals'
import type { Assessment, CountyTarget, PolicyDocument } from './clinical'
import type { Day, FormData, Instant, Named, Uuid, Words } from './basics'

export type Grade = 'A' | 'B' | 'C' | 'D'
export type CheckInMethod = 'rotating' | 'poster' | 'short_code' | 'manual'
export type Outcome = 'done' | 'declined' | 'absent' | 'elsewhere'
export type LineState = 'pending' | 'confirmed' | 'disputed' | 'void'

export interface Place {
  latitude: number
  longitude: number
  datum: 'WGS-84'
}

/** The public half of a P-256 key. */
export type PublicKey = Record<'kty' | 'crv' | 'x' | 'y', string>

export interface KioskKey {
  id: Uuid
  jwk: PublicKey
}

/** An agreement in force, or that ended within 30 days: what is late counts on. */
export interface ServedUnder {
  id: Uuid
  number: string
  medical: Named
  starts: Day
  last_day: Day
  /** Days of this hospital's latest rounds, the latest first; rows kept by older versions of the app have none. */
  rounds?: Day[]
  /** The clauses that promise rounds, in their order; none likewise. */
  visits?: { id: Uuid; title: Words }[]
  /** Within how many minutes a call is answered, by service; none likewise. */
  answers?: Record<string, number>
}

export interface Institution {
  id: Uuid
  institution_id: Uuid
  name: string
  address: string
  location: Place | null
  fence_m: number
  poster: { version: number; short_code: string } | null
  /** Check-in screens in use, with the public halves of their keys. */
  kiosks: KioskKey[]
  agreements: ServedUnder[]
  /** What the county put in the place of policies' targets; rows kept by older versions of the app have none. */
  targets?: CountyTarget[]
  last_round_on: Day | null
  timezone: string
}

export interface Measured {
  on: Day
  form: FormData
}

/** The last reading and those before it, the latest first. What older versions of the app kept lacks the rest. */
export interface LastReading extends Measured {
  made_at?: Instant
  assessment?: Assessment | null
  earlier?: Measured[]
}

export interface Resident {
  id: Uuid
  institution_id: Uuid
  name: string
  sex: 'male' | 'female'
  born: Day
  bed: string
  /** Pinyin and initials, lower case. */
  search: string
  conditions: string[]
  /** The last reading by service code. */
  last: Record<string, LastReading>
  stay_from: Day
  stay_to: Day | null
}

export interface Owed {
  id: Uuid
  institution_id: Uuid
  agreement_id: Uuid
  commitment_id: Uuid
  commitment_key: string
  services: string[]
  match: 'any' | 'all'
  /** null: owed to the institution as a whole. */
  subject_id: Uuid | null
  start: Day
  end: Day
  deadline: Day
  promised: number
  confirmed: number
  reported: number
  excused: number
  /** promised − reported − excused, never below 0. */
  need: number
  min_gap_days: number
  /** Rows kept by older versions of the app lack it. */
  count_by?: 'day' | 'record'
  /** A record below either does not count. Rows kept by older versions of the app lack both. */
  min_minutes?: number
  min_attendees?: number
  last_counted_on: Day | null
}

/** A colleague who joined a round, and what shows that they were there. */
export interface Participant extends Named {
  at: Instant
  grade: Grade
  grade_reasons: string[]
  distance_m: number | null
  accuracy_m: number | null
}

export interface Round {
  id: Uuid
  institution_id: Uuid
  medical: Named
  clinician: Named
  /** Those who joined, in the order in which they did. */
  participants: Participant[]
  status: 'open' | 'closed'
  on: Day
  checked_in_at: Instant
  checked_out_at: Instant | null
  minutes: number | null
  method: CheckInMethod
  manual_reason: string | null
  manual_text: string | null
  grade: Grade
  grade_reasons: string[]
  distance_m: number | null
  accuracy_m: number | null
  out_distance_m: number | null
  received_at: Instant
  /** It arrived more than a day after it was said: a fact, no grade. */
  no_signal: boolean
  note: string | null
  device_name: string
}

/** What somebody said, with a code of why. */
export interface Reasoned {
  by: string
  at: Instant
  reason: string
  text: string | null
}

export type RulingVerdict = 'confirmed' | 'void'
export type RulingParty = 'medical' | 'care' | 'regulator'

/** `settles`: with this one the dispute ended. */
export interface Ruling {
  party: RulingParty
  by: string
  at: Instant
  verdict: RulingVerdict
  text: string
  settles: boolean
}

/** What a line said before it was corrected. */
export interface Earlier {
  version: number
  at: Instant
  by: string
  outcome: Outcome
  form: FormData
  /** Why it does no more. */
  reason: string
  /** Who had confirmed it as it was. */
  confirmed: { by: string; at: Instant } | null
}

/** One service of a round. The visit itself is the line whose id is the round's and whose service is "round". */
export interface Line {
  id: Uuid
  institution_id: Uuid
  round_id: Uuid
  service: string
  subject_id: Uuid | null
  subject_name: string | null
  on: Day
  made_at: Instant
  received_at: Instant
  no_signal: boolean
  /** Why it was said more than a week after the visit; null where it was not. */
  late_reason: string | null
  version: number
  state: LineState
  outcome: Outcome
  form: FormData
  minutes: number | null
  attendees: number | null
  performer: Named
  urgent: string[]
  /** What the values meant, where a rule judges them; the phone's own until the server's comes. */
  assessment: Assessment | null
  /** Why a stored line does not count, such as not_qualified. */
  not_counted: string | null
  amended: boolean
  /** Photos its form names that have not arrived. */
  photos_missing: Uuid[]
  /** Before corrections, the latest first. */
  earlier: Earlier[]
  confirmation: { by: string; at: Instant } | null
  /** What staff say is wrong; it stays when it was ruled on. */
  dispute: Reasoned | null
  /** The clinician stands by the record against `dispute`. */
  answer: Reasoned | null
  /** What managers and the regulator said of `dispute`, oldest first. */
  rulings: Ruling[]
  void_reason: string | null
}

export interface Service {
  code: string
  name_zh: string
  name_en: string
  category: string
  recipient: string
  form: string | null
}

export interface Category {
  code: string
  name_zh: string
  name_en: string
}

export type FieldType =
  | ('integer' | 'decimal' | 'score' | 'choice' | 'choices' | 'text' | 'boolean' | 'date')
  | ('readings' | 'roster' | 'photos')

/** Of a score the value is a number; `alone`: nothing else is chosen beside it. */
export interface FieldOption {
  value: string | number
  label: Words
  alone?: boolean
}

/** What another field says: any of these, or exactly this. */
export interface Match {
  field: string
  equals?: string | number | boolean
  any_of?: (string | number)[]
}

/** An item that measurements decide: `bounds` reached say which option, or the measure itself is the value. */
export interface Derived {
  from: 'bmi' | 'waist'
  /** bmi: weight in kg and height in cm; waist: cm. */
  of: string[]
  bounds?: string[]
}

export interface Field {
  name: string
  type: FieldType
  label: Words
  hint?: Words
  required: boolean
  unit?: string
  /** Bounds of integers are numbers, of decimals strings with exactly `places` decimals. */
  min?: string | number
  max?: string | number
  ask_below?: string | number
  ask_above?: string | number
  places?: number
  max_length?: number
  options?: FieldOption[]
  default?: unknown
  /** Asked only then. */
  when?: Match
  /** Not asked when that field is set, or set to that value. */
  unless?: Match
  /** Of readings: the fields that are repeated. */
  of?: string[]
  /** Of readings and photos. */
  max_items?: number
  derived?: Derived
  not_after_today?: boolean
  not_before_today?: boolean
  /** Counts towards completeness. */
  summary?: boolean
  /**
   * Of a text: it names the meter that gave these fields; whoever changes one of them clears it. Never typed.
   * Of a blood-pressure meter: systolic, diastolic and, where it is asked for, pulse; of a glucose meter: the
   * value, and what stands for one beyond the meter's range.
   */
  read_of?: string[]
  /** Beside `read_of`: which kind of meter it is. */
  meter?: 'pressure' | 'glucose'
  /** Beside `meter`: when that is taken, where the form does not ask. */
  timing?: 'fasting'
  /** What became of an offer that an urgent value makes: asked with the offer, not with the form. */
  offer?: boolean
}

/** The difference greater − less (of dates: days) must lie within min and max. */
export interface Check {
  code: string
  kind: 'reject' | 'ask'
  field: string
  greater: string
  less: string
  min?: number
  max?: number
}

export interface UrgentRule {
  code: string
  field: string
  at_least?: string | number
  at_most?: string | number
  not_empty?: boolean
  equals?: string | number | boolean
  any_of?: (string | number)[]
}

/** Fields under one heading; in a form of steps `together` puts them on one screen. */
export interface Section {
  code: string
  label: Words
  hint?: Words
  together?: boolean
  /** Its scores are added up. */
  sum?: boolean
  fields: string[]
}

export interface Form {
  code: string
  version: number
  hint?: Words
  /** `steps`: one field, or one section that belongs together, a screen. */
  flow?: 'page' | 'steps'
  /** Absent: one section without a heading. */
  sections?: Section[]
  /** The clinical rule that computes a result. */
  result?: string
  /** A template: it is entered as the records of these services. */
  parts?: string[]
  fields: Field[]
  checks: Check[]
  urgent: UrgentRule[]
}

export type ReasonList = 'manual_check_in' | 'amend' | 'void' | 'dispute' | 'uphold' | 'late_entry'

/** The newest of the server's public keys that entries are sealed to. */
export interface SealingKey {
  id: string
  jwk: JsonWebKey
}

export interface Reference {
  version: string
  services: Service[]
  categories: Category[]
  forms: Form[]
  /** Every server sends them; what older versions of the app kept has none. */
  policies?: PolicyDocument[]
  /** Public P-256 keys of posters, by 8 hexadecimal digits. */
  keys: { id: string; jwk: JsonWebKey }[]
  /** What entries are sealed to. Every server sends it; what older versions of the app kept has none. */
  sealing?: SealingKey
  reasons: Record<ReasonList, { code: string; neutral: boolean }[]>
}

export interface WorkingSetPage {
  protocol: 1
  server_time: Instant
  cursor: string
  more: boolean
  /** null: unchanged. */
  reference: Reference | null
  /** Institutions whose rows in this page replace everything held of them. */
  snapshots: Uuid[]
  /** Institutions out of scope: all their rows go. */
  forget: Uuid[]
  institutions: Institution[]
  residents: Resident[]
  owed: Owed[]
  rounds: Round[]
  lines: Line[]
  /** Duties to see somebody again that are open. */
  followups: FollowUp[]
  /** null: unchanged. */
  referrals: HeldReferrals | null
  removals: { residents: Uuid[]; owed: Uuid[]; rounds: Uuid[]; lines: Uuid[]; followups: Uuid[] }
}

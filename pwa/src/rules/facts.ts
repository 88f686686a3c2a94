/**
 * The rows the server sends and the phone keeps, as the wire names them. Instants are UTC ISO 8601 with milliseconds,
 * days `YYYY-MM-DD` of the institution's time zone, distances and accuracies metres, decimals strings.
 */
export type Uuid = string
export type Day = string
export type Instant = string

export interface Named {
  id: Uuid
  name: string
}

export interface Institution {
  id: Uuid
  institution_id: Uuid
  name: string
  address: string
  location: { latitude: number; longitude: number; datum: 'WGS-84' } | null
  fence_m: number
  poster: { version: number; short_code: string } | null
  agreements: { id: Uuid; number: string; medical: Named; starts: Day; last_day: Day }[]
  last_round_on: Day | null
  timezone: string
}

export type FormValues = Record<string, unknown>

export interface Resident {
  id: Uuid
  institution_id: Uuid
  name: string
  sex: 'male' | 'female'
  born: Day
  bed: string
  /** Pinyin and its initials, lower case, separated by spaces. */
  search: string
  conditions: string[]
  last: Record<string, { on: Day; form: FormValues }>
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
  subject_id: Uuid | null
  start: Day
  end: Day
  deadline: Day
  promised: number
  confirmed: number
  reported: number
  excused: number
  need: number
  min_gap_days: number
  last_counted_on: Day | null
}

export type Grade = 'A' | 'B' | 'C' | 'D'
export type CheckInMethod = 'poster' | 'short_code' | 'manual'
export type Outcome = 'done' | 'declined' | 'absent' | 'elsewhere'
export type LineState = 'pending' | 'confirmed' | 'disputed' | 'void'

export interface Round {
  id: Uuid
  institution_id: Uuid
  medical: Named
  clinician: Named
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
  note: string | null
  device_name: string
}

/** The code of the line that is the visit itself; its id is the round's. */
export const VISIT = 'round'

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
  version: number
  state: LineState
  outcome: Outcome
  form: FormValues
  minutes: number | null
  attendees: number | null
  performer: Named
  urgent: string[]
  not_counted: string | null
  amended: boolean
  confirmation: { by: string; at: Instant } | null
  dispute: { by: string; at: Instant; reason: string; text: string | null } | null
  void_reason: string | null
}

export interface Words {
  zh: string
  en: string
}

export interface FieldOption {
  value: string
  label: Words
}

export interface Field {
  name: string
  type: 'integer' | 'decimal' | 'choice' | 'choices' | 'text' | 'boolean'
  label: Words
  required: boolean
  unit?: string
  min?: string | number
  max?: string | number
  ask_below?: string | number
  ask_above?: string | number
  places?: number
  max_length?: number
  options?: FieldOption[]
  default?: unknown
  /** Where that field is set (or equals the value), this one is not required and must stay empty. */
  unless?: { field: string; equals?: string }
}

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
  equals?: string
}

export interface Form {
  code: string
  version: number
  fields: Field[]
  checks: Check[]
  urgent: UrgentRule[]
}

export interface Service {
  code: string
  name_zh: string
  name_en: string
  category: string
  recipient: string
  form: string | null
}

export type ReasonList = 'manual_check_in' | 'amend' | 'void' | 'dispute'

export interface Reference {
  version: string
  services: Service[]
  categories: { code: string; name_zh: string; name_en: string }[]
  forms: Form[]
  keys: { id: string; jwk: JsonWebKey }[]
  reasons: Record<ReasonList, { code: string; neutral: boolean }[]>
}

import type { FormData, Instant, Uuid } from './basics'
import type {
  AcceptPayload,
  ClosePayload,
  FamilyPayload,
  FollowUpDonePayload,
  RequestPayload,
  StepPayload,
} from './referrals'
import type { CheckInMethod, Outcome } from './workingSet'

export interface Position {
  latitude: number
  longitude: number
  accuracy_m: number
  datum: 'WGS-84'
}

export type PositionProblem = 'denied' | 'unavailable' | 'timeout' | 'unsupported'

export interface CheckInPayload {
  institution_id: Uuid
  method: CheckInMethod
  token: string | null
  short_code: string | null
  reason: string | null
  reason_text: string | null
  position: Position | null
  position_problem: PositionProblem | null
}

/** Needed where something is said more than seven days after the round. */
interface Lateness {
  late_reason?: string
  late_text?: string | null
}

/** A colleague takes part in a round; `token` as the first clinician's phone shows it. */
export interface JoinPayload {
  institution_id: Uuid
  token: string
  position: Position | null
  position_problem: PositionProblem | null
}

export interface RecordPayload extends Lateness {
  service: string
  subject_id: Uuid | null
  outcome: Outcome
  form: FormData
  form_version: number
  /** Fields whose unusual value the clinician confirmed as really measured. */
  unusual: string[]
}

export interface AmendPayload extends Lateness {
  line_id: Uuid
  /** The version the author saw. */
  version: number
  reason: string
  reason_text: string | null
  outcome: Outcome
  form: FormData
  form_version: number
  unusual: string[]
}

export interface VoidPayload extends Lateness {
  line_id: Uuid
  version: number
  reason: string
  reason_text: string | null
}

export interface NotePayload {
  text: string
}

export interface CheckOutPayload {
  position: Position | null
  position_problem: PositionProblem | null
  note: string | null
}

export interface SeenLine {
  line_id: Uuid
  version: number
}

export interface ConfirmPayload {
  lines: SeenLine[]
}

export interface DisputePayload {
  lines: SeenLine[]
  reason: string
  text: string | null
}

/** The clinician upholds a line that was disputed. */
export interface AnswerPayload extends SeenLine {
  reason: string
  text: string | null
}

/** The author gave an entry up; the reason stays in the server's ledger. */
export interface DropPayload {
  entry_id: Uuid
  reason: DropReason
  text: string | null
}

export type DropReason = 'entered_twice' | 'wrong_person' | 'not_done' | 'practice' | 'other'

export interface Payloads {
  check_in: CheckInPayload
  join: JoinPayload
  record: RecordPayload
  amend: AmendPayload
  void: VoidPayload
  note: NotePayload
  check_out: CheckOutPayload
  confirm: ConfirmPayload
  dispute: DisputePayload
  answer: AnswerPayload
  drop: DropPayload
  referral_request: RequestPayload
  referral_accept: AcceptPayload
  referral_depart: StepPayload
  referral_arrive: StepPayload
  referral_close: ClosePayload
  referral_family: FamilyPayload
  follow_up_done: FollowUpDonePayload
}

export type Kind = keyof Payloads

export interface EntryOf<K extends Kind> {
  id: Uuid
  kind: K
  round_id: Uuid
  /** The phone's wall clock. */
  at: Instant
  /** Monotonic milliseconds since check-in; null outside the round's own session. */
  elapsed_ms: number | null
  payload: Payloads[K]
}

export type Entry = { [K in Kind]: EntryOf<K> }[Kind]

/** An entry that only the server opens: all of the plain one is in `box` (docs/phone-security.md). */
export interface SealedEntry {
  id: Uuid
  kind: Kind
  round_id: Uuid
  sealed: { v: 1; key: string; epk: string; iv: string; box: string }
}

/** What a phone writes for a manager to import when it cannot send. */
export interface EntriesFile {
  format: 'xunyue-entries'
  version: 1
  account_id: Uuid
  account_name: string
  device_id: Uuid
  device_name: string
  exported_at: Instant
  /** The server's clock minus the phone's at their last contact. */
  offset_ms: number
  /** In the order made. */
  entries: SealedEntry[]
}

export interface SyncRequest {
  protocol: 1
  /** Whose entries these are: under another's session nothing of them is taken. */
  account_id: Uuid
  device_id: Uuid
  device_name?: string
  sent_at: Instant
  waiting: Waiting
  app_version: string
  entries: (Entry | SealedEntry)[]
}

/** What has not arrived yet, besides what the request carries. */
export interface Waiting {
  count: number
  /** When the oldest of it was made, by the phone's clock. */
  oldest_at: Instant | null
}

export interface Result {
  id: Uuid
  outcome: 'stored' | 'duplicate' | 'refused' | 'busy'
  code: string | null
  message: string | null
  fields: { path: string; code: string }[]
  record: Record<string, unknown> | null
}

export interface SyncReply {
  protocol: 1
  server_time: Instant
  /** In the order sent. */
  results: Result[]
}

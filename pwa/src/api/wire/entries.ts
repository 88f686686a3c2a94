import type { Instant, Uuid } from './basics'
import type { CheckInMethod, FormData, Outcome } from './workingSet'

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

export interface RecordPayload {
  service: string
  subject_id: Uuid | null
  outcome: Outcome
  form: FormData
  form_version: number
  /** Fields whose unusual value the clinician confirmed as really measured. */
  unusual: string[]
}

export interface AmendPayload {
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

export interface VoidPayload {
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

export interface Payloads {
  check_in: CheckInPayload
  record: RecordPayload
  amend: AmendPayload
  void: VoidPayload
  note: NotePayload
  check_out: CheckOutPayload
  confirm: ConfirmPayload
  dispute: DisputePayload
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

export interface SyncRequest {
  protocol: 1
  device_id: Uuid
  device_name?: string
  sent_at: Instant
  entries: Entry[]
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

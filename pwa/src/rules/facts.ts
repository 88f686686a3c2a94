/** The rows on which the rules work, as the wire names them. */
import type * as wire from '@/api/wire'

export type {
  Check,
  CheckInMethod,
  Day,
  Field,
  Form,
  FormData as FormValues,
  Grade,
  Instant,
  Line,
  LineState,
  Outcome,
  Owed,
  PositionProblem,
  Reference,
  Resident,
  Round,
  UrgentRule,
  Uuid,
} from '@/api/wire'

/** A kiosk of the institution with the public half of its key. */
export interface KioskKey {
  id: wire.Uuid
  jwk: JsonWebKey
}

export type Institution = wire.Institution & { kiosks?: readonly KioskKey[] }

/** The code of the line that is the visit itself; its id is the round's. */
export const VISIT = 'round'

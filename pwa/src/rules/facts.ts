/** The rows on which the rules work, as the wire names them. */
export type {
  Check,
  CheckInMethod,
  Day,
  Field,
  Form,
  FormData as FormValues,
  Grade,
  Institution,
  Instant,
  KioskKey,
  Line,
  LineState,
  Outcome,
  Owed,
  Position,
  PositionProblem,
  Reference,
  Resident,
  Round,
  UrgentRule,
  Uuid,
} from '@/api/wire'

/** The code of the line that is the visit itself; its id is the round's. */
export const VISIT = 'round'

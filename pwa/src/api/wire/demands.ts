import type { Instant, Named, Uuid } from './basics'

/** A request on demand: a care institution calls for a service. It is open until answered or withdrawn. */
export interface Demand {
  id: Uuid
  institution: Named
  medical: Named
  service: string
  /** For whom; null where nobody was named. For a regulator the name is masked and the bed empty. */
  subject: { id: Uuid; name: string; bed: string } | null
  /** null for a regulator. */
  note: string | null
  asked_at: Instant
  asked_by: string
  answered_at: Instant | null
  answered_by: string | null
  /** The care institution said when the answer came; otherwise the server's clock did. */
  stated: boolean
  withdrawn_at: Instant | null
  /** The strictest promise on the day of asking; null where none sets a limit. */
  limit_minutes: number | null
  limit_at: Instant | null
}

export interface DemandList {
  /** The server's clock, for running times. */
  now: Instant
  /** How many there are; `demands` holds the first hundred. */
  total: number
  demands: Demand[]
}

/** A service that one's institution may ask of a medical institution today. */
export interface DemandOption {
  institution: Named
  medical: Named
  service: string
  limit_minutes: number | null
}

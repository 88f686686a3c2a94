/** What is added to a signed agreement. */

import type { Day, Instant, Named, Uuid } from './basics'

export interface AmendedTerm {
  commitment_id: Uuid
  from: Day
  count: number
}

export interface Suspension {
  from: Day
  to: Day
  reason: string
}

export interface Amendment {
  id: Uuid
  /** Empty where nobody gave it one. */
  number: string
  given_on: Day
  /** The first day that it touches. */
  since: Day
  terms: AmendedTerm[]
  suspensions: Suspension[]
  state: 'proposed' | 'signed' | 'withdrawn'
  proposed_by: Named
  proposed_at: Instant
  signed_on: Day | null
  /** Proposed by the reader's own institution: the other one signs. */
  mine: boolean
}

export interface Amendments {
  /** Newest first. */
  amendments: Amendment[]
  /** Those that hold. */
  suspensions: Suspension[]
  may_write: boolean
}

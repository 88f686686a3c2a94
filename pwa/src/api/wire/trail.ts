import type { Day, Instant, Named, Uuid } from './basics'

/** One act, or one look, as the trail has it; `seq` and `digest` are its place in the chain, null until it is sealed. */
export interface TrailEntry {
  id: Uuid
  at: Instant
  tag: string
  /** Null for the operator's commands. */
  actor: Named | null
  session_id: Uuid | null
  organisation_id: Uuid
  other: Named | null
  subject_id: Uuid | null
  /** The name of the account that it was done to, or that signed in. */
  person: string | null
  /** Codes, counts and days. */
  details: Record<string, unknown>
  sealed: boolean
  seq: number | null
  digest: string | null
}

/** Newest first; `more`: there are older ones. */
export interface Trail {
  entries: TrailEntry[]
  more: boolean
}

export interface TrailPeople {
  people: Named[]
}

/** Where a chain ended as a day was over. */
export interface ChainHead {
  day: Day
  seq: number
  digest: string
  mailed_at: Instant | null
}

/** The last check of the whole chain; `broken_at` numbers the first link that does not hold. */
export interface ChainCheck {
  at: Instant
  broken_at: number | null
  differs: string | null
}

export interface Chain {
  organisation: Named
  seq: number
  digest: string | null
  head: ChainHead | null
  check: ChainCheck | null
}

/** An address that gets an organisation's heads every night; `sent` is the last night whose heads it got. */
export interface HeadRecipient {
  organisation: Named
  address: string
  sent: Day | null
}

/** Of one's organisations, each with `most` addresses at most. */
export interface HeadRecipients {
  organisations: Named[]
  recipients: HeadRecipient[]
  most: number
}

export interface Chains {
  chains: Chain[]
}

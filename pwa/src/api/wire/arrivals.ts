import type { Instant, Named, Uuid } from './basics'
import type { Result } from './entries'
import type { Form } from './workingSet'

/** A phone as managers see it; what it holds is as it told last. */
export interface Phone {
  device_id: Uuid
  account: Named
  name: string
  app_version: string | null
  last_sync_at: Instant
  /** Entries it had not sent yet; null where it does not tell. */
  waiting: number | null
  oldest_waiting_at: Instant | null
  /** The server's clock minus its own. */
  offset_ms: number
  /** Entries of it that were refused and neither mended nor given up. */
  refused: number
}

/** The longest silent first; `never` are people who could send and never did. */
export interface Phones {
  devices: Phone[]
  never: Named[]
}

export interface WrongField {
  path: string
  code: string
  limit?: unknown
}

/** An entry as it was sent and what became of it. */
export interface LedgerEntry {
  id: Uuid
  entry_id: Uuid | null
  kind: string | null
  round_id: Uuid | null
  author: Named
  institution: Named | null
  device_name: string
  received_at: Instant
  decided_at: Instant
  outcome: 'refused' | 'stored' | 'repaired'
  code: string | null
  /** The code in words, and what to do about it. */
  message: string | null
  mend: string | null
  fields: WrongField[]
  /** The entry itself, coordinates apart; anything at all where it could not be read. */
  content: unknown
  imported_by: string | null
  repaired: { by: string; at: Instant } | null
  /** The row it was mended from. */
  repair_of: Uuid | null
  dropped: { at: Instant; reason: string; text: string | null } | null
}

export interface Ledger {
  entries: LedgerEntry[]
  next: string | null
}

/**
 * One entry, what else came or was made under its id (what it was mended from, what took its place), and the form
 * that it filled in; null where it filled in none.
 */
export interface Received {
  entry: LedgerEntry
  others: LedgerEntry[]
  form: Form | null
}

/** An entry that was judged again: the one repaired, then what had waited for it. */
export interface Rejudged {
  ledger_id: Uuid
  entry_id: Uuid
  kind: string
  outcome: 'stored' | 'refused' | 'duplicate'
  code: string | null
  message: string | null
}

export interface Imported {
  author: Named
  results: (Omit<Result, 'id'> & { id: Uuid | null })[]
}

export interface Unlocked {
  round_id: Uuid
  until: Instant
}

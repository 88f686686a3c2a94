/**
 * What a page of the working set changes in what is held. Pure: the store writes exactly what this returns.
 */
import type {
  FollowUp,
  Institution,
  Line,
  Named,
  Owed,
  Referral,
  Resident,
  Round,
  Uuid,
  WorkingSetPage,
} from '@/api/wire'
import { ROW_STORES, type RowStore } from './schema'

export interface Rows {
  institutions: Institution
  residents: Resident
  owed: Owed
  rounds: Round
  lines: Line
  followups: FollowUp
  referrals: Referral
  /** Hospitals one may send to; each is kept as a place of its own. */
  receivers: Named & { institution_id: Uuid }
}

export type Held = { readonly [Store in RowStore]: ReadonlyMap<Uuid, Rows[Store]> }
/** `touched`: the institutions that lose a row. */
export type Changes = { [Store in RowStore]: { put: Rows[Store][]; remove: Uuid[]; touched: Uuid[] } }

export function nothingHeld(): Held {
  return {
    institutions: new Map(),
    residents: new Map(),
    owed: new Map(),
    rounds: new Map(),
    lines: new Map(),
    followups: new Map(),
    referrals: new Map(),
    receivers: new Map(),
  }
}

/**
 * Forgotten institutions take all their rows along; a snapshot replaces what was held of its institution;
 * removals go by id; what the page carries is put in the end and wins.
 */
export function reconcile(held: Held, page: WorkingSetPage): Changes {
  const cleared = new Set([...page.forget, ...page.snapshots])
  const removals = { institutions: [], ...page.removals }
  const receivers = page.referrals?.receivers.map((each) => ({ ...each, institution_id: each.id }))
  return {
    institutions: changesOf(held.institutions, page.institutions, removals.institutions, cleared),
    residents: changesOf(held.residents, page.residents, removals.residents, cleared),
    owed: changesOf(held.owed, page.owed, removals.owed, cleared),
    rounds: changesOf(held.rounds, page.rounds, removals.rounds, cleared),
    lines: changesOf(held.lines, page.lines, removals.lines, cleared),
    followups: changesOf(held.followups, page.followups, removals.followups, cleared),
    referrals: replaced(held.referrals, page.referrals?.rows ?? null),
    receivers: replaced(held.receivers, receivers ?? null),
  }
}

/** What reaches beyond the institutions comes whole, in the place of what was held; null: nothing is other. */
function replaced<Row extends { id: Uuid; institution_id: Uuid }>(held: ReadonlyMap<Uuid, Row>, rows: Row[] | null) {
  return changesOf(held, rows ?? [], rows ? [...held.keys()] : [], new Set())
}

function changesOf<Row extends { id: Uuid; institution_id: Uuid }>(
  held: ReadonlyMap<Uuid, Row>,
  put: Row[],
  removed: Uuid[],
  cleared: Set<Uuid>,
): { put: Row[]; remove: Uuid[]; touched: Uuid[] } {
  const gone = new Set(removed.filter((id) => held.has(id)))
  for (const row of held.values()) if (cleared.has(row.institution_id)) gone.add(row.id)
  // A row that moved to another institution leaves the one it was at.
  const left = [...gone, ...put.map((row) => row.id)].map((id) => held.get(id)?.institution_id)
  for (const row of put) gone.delete(row.id)
  return { put, remove: [...gone], touched: [...new Set(left.filter((id) => id !== undefined))] }
}

/** The rows after the changes. Stores that did not change stay the same map. */
export function applyChanges(held: Held, changes: Changes): Held {
  const next = { ...held } as Record<RowStore, ReadonlyMap<Uuid, unknown>>
  for (const store of ROW_STORES) {
    const { put, remove } = changes[store]
    if (put.length === 0 && remove.length === 0) continue
    const rows = new Map<Uuid, unknown>(held[store])
    remove.forEach((id) => rows.delete(id))
    put.forEach((row) => rows.set(row.id, row))
    next[store] = rows
  }
  return next as Held
}

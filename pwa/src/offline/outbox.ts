/**
 * The states of an entry on its way to the server, as pure transitions. An entry is never deleted before
 * `stored` was seen, and never changed after it was tried to be sent once (`frozen`): the server may have it
 * already.
 */
import type { Entry, Kind, Result, Uuid } from '@/api/wire'
import { freezeContent } from '@/rules/freeze'

/** Seconds in which a field entry can be taken back before it is sent. */
export const UNDO_MS = 10_000
export const MAX_ENTRIES = 500
/** A little under the 2 MiB of the contract, for the envelope. */
export const MAX_BYTES = 2_000_000
/** How long an entry stays visible after it arrived. */
export const KEEP_STORED_MS = 24 * 3_600_000

/** Why a try did not count as received. */
export type Problem =
  'network' | 'foreign_answer' | 'server_down' | 'signed_out' | 'forbidden' | 'busy' | 'other_account'

export interface Answer {
  code: string | null
  message: string | null
  fields: Result['fields']
  record: Result['record']
  at: number
}

export interface OutboxEntry {
  id: Uuid
  account: Uuid
  entry: Entry
  state: 'waiting' | 'sending' | 'stored' | 'refused'
  /** Not sent before this time, ms; until then it can be taken back. */
  undo_until: number
  frozen: boolean
  attempts: number
  problem: Problem | null
  answer: Answer | null
  /** A complete pull began after it was stored: what is held shows it now. */
  reflected: boolean
  /** What the author did about a refusal: sent a corrected entry instead, or left it to the manager. */
  handled: { how: 'replaced' | 'set_aside'; by: Uuid | null } | null
}

/** What the screens call the state; `undoable` is waiting inside the undo time. */
export type ShownState = OutboxEntry['state'] | 'undoable'

/** Kinds that are sent at once: the round's ends, where nothing is to take back. */
const AT_ONCE: readonly Kind[] = ['check_in', 'check_out']

export function newOutboxEntry(account: Uuid, entry: Entry, now: number): OutboxEntry {
  return {
    id: entry.id,
    account,
    entry: freezeContent(entry),
    state: 'waiting',
    undo_until: AT_ONCE.includes(entry.kind) ? now : now + UNDO_MS,
    frozen: false,
    attempts: 0,
    problem: null,
    answer: null,
    reflected: false,
    handled: null,
  }
}

export function shownState(item: OutboxEntry, now: number): ShownState {
  return item.state === 'waiting' && !item.frozen && isUndoable(item, now) ? 'undoable' : item.state
}

/** A clock set back must not hold an entry for hours: more than the undo time ahead counts as over. */
function isUndoable(item: OutboxEntry, now: number): boolean {
  return now < item.undo_until && item.undo_until - now <= UNDO_MS
}

/** Whether its content may still be changed or taken back. */
export function isEditable(item: OutboxEntry): boolean {
  return item.state === 'waiting' && !item.frozen
}

/** Whether it still has to reach the server, or needs somebody's decision. */
export function isUnsettled(item: OutboxEntry): boolean {
  return item.state === 'waiting' || item.state === 'sending' || (item.state === 'refused' && !item.handled)
}

export function inOrder(items: readonly OutboxEntry[]): OutboxEntry[] {
  return [...items].sort((left, right) => (left.id < right.id ? -1 : left.id > right.id ? 1 : 0))
}

/**
 * The entries to send now, oldest first. Those of one round keep their order: while one can still be taken
 * back, the later ones of its round wait with it.
 */
export function nextBatch(
  items: readonly OutboxEntry[],
  account: Uuid,
  now: number,
  limit = MAX_ENTRIES,
): OutboxEntry[] {
  const held = new Set<Uuid>()
  const batch: OutboxEntry[] = []
  let bytes = 0
  for (const item of inOrder(items)) {
    if (item.account !== account || item.state !== 'waiting') continue
    if (!item.frozen && isUndoable(item, now)) held.add(item.entry.round_id)
    if (held.has(item.entry.round_id)) continue
    bytes += new TextEncoder().encode(JSON.stringify(item.entry)).length
    if (batch.length > 0 && (batch.length >= limit || bytes > MAX_BYTES)) break
    batch.push(item)
  }
  return batch
}

/** When the next entry becomes ready, ms; null when none waits for its undo time. */
export function nextReadyAt(items: readonly OutboxEntry[], now: number): number | null {
  const times = items
    .filter((item) => isEditable(item) && isUndoable(item, now))
    .map((item) => item.undo_until)
  return times.length ? Math.min(...times) : null
}

/** Whether something could be sent now. */
export function hasReady(items: readonly OutboxEntry[], now: number): boolean {
  return items.some((item) => item.state === 'waiting' && (item.frozen || !isUndoable(item, now)))
}

export function startSending(item: OutboxEntry): OutboxEntry {
  return { ...item, state: 'sending', frozen: true, attempts: item.attempts + 1 }
}

/** Nothing that our server said came back, or the app died in between: it waits for the next try. */
export function notReceived(item: OutboxEntry, problem: Problem | null): OutboxEntry {
  return { ...item, state: 'waiting', problem: problem ?? item.problem }
}

/** Applies the server's answer to an entry that was sent. */
export function settle(item: OutboxEntry, result: Result, now: number): OutboxEntry {
  if (result.outcome === 'busy') return notReceived(item, 'busy')
  const { code, message, fields, record } = result
  const answer = { code, message, fields, record, at: now }
  const state = result.outcome === 'refused' ? 'refused' : 'stored'
  return { ...item, state, answer, problem: null, reflected: false }
}

/** Puts a refused entry back in the queue as it is: its content cannot change any more. */
export function retry(item: OutboxEntry): OutboxEntry {
  return { ...item, state: 'waiting', answer: null, problem: null, handled: null }
}

/** Entries that can be dropped from the phone: stored, shown by what is held, and seen long enough. */
export function isDone(item: OutboxEntry, now: number): boolean {
  return item.state === 'stored' && item.reflected && now - (item.answer?.at ?? now) > KEEP_STORED_MS
}

/**
 * The states of an entry on its way to the server, as pure transitions. An entry is never deleted before
 * `stored` was seen, and never changed after it was tried to be sent once (`frozen`): the server may have it
 * already.
 */
import type { Entry, Instant, Kind, Result, SealedEntry, Uuid } from '@/api/wire'
import { freezeContent } from '@/rules/freeze'
import type { Reading } from './handshake'
import type { Content } from './vault'

/** Seconds in which a field entry can be taken back before it is sent. */
export const UNDO_MS = 10_000
/** Fewer than the contract allows: with many waiting one sees the count go down. */
export const MAX_ENTRIES = 100
/** Less than the 2 MiB of the contract: a request ends after 90 seconds, and this goes through on 50 kbit/s. */
export const MAX_BYTES = 500_000
/** How long an entry stays visible after it arrived. */
export const KEEP_STORED_MS = 24 * 3_600_000

/** Why a try did not count as received. */
export type Problem =
  'network' | 'foreign_answer' | 'server_down' | 'signed_out' | 'forbidden' | 'busy' | 'other_account'

/** What the server said of an entry; what became of it comes with the next pull. */
export interface Answer {
  code: string | null
  message: string | null
  fields: Result['fields']
  at: number
}

/** What may be read of an entry by whoever holds the phone: that there is one, and where it stands. */
export interface Kept {
  id: Uuid
  account: Uuid
  kind: Kind
  round_id: Uuid
  /** The phone's wall clock when it was made. */
  at: Instant
  /** All clocks at that moment; null where it was said for an earlier one. */
  reading?: Reading | null
  /** Of its JSON, in UTF-8. */
  bytes: number
  state: 'waiting' | 'sending' | 'stored' | 'refused'
  /** Not sent before this time, ms; until then it can be taken back. */
  undo_until: number
  frozen: boolean
  attempts: number
  problem: Problem | null
  answer: Answer | null
  /** A complete pull began after it was stored: what is held shows it now. */
  reflected: boolean
  /** What the author decided: another one in its place, left to the manager, or given up for a reason. */
  handled: { how: 'replaced' | 'set_aside' | 'dropped'; by: Uuid | null; at: number } | null
}

/** As it lies in the database. */
export interface Stored extends Kept {
  /** null: whoever signed out took the key along; only the sealed form is left. */
  content: Content | null
  /** For the server alone; null where it is not known to open seals, or the browser cannot make them. */
  sealed: SealedEntry['sealed'] | null
}

/** As the screens of its author see it. */
export interface OutboxEntry extends Kept {
  entry: Entry
}

/** What the screens call the state; `undoable` is waiting inside the undo time. */
export type ShownState = Kept['state'] | 'undoable'

/** Kinds that are sent at once: the round's ends and what was decided, where nothing is to take back. */
const AT_ONCE: readonly Kind[] = ['check_in', 'join', 'check_out', 'drop']

export function newOutboxEntry(
  account: Uuid,
  entry: Entry,
  now: number,
  reading: Reading | null = null,
): OutboxEntry {
  const { id, kind, round_id, at } = entry
  return {
    id,
    account,
    kind,
    round_id,
    at,
    reading,
    bytes: bytesOf(entry),
    entry: freezeContent(entry),
    state: 'waiting',
    undo_until: AT_ONCE.includes(kind) ? now : now + UNDO_MS,
    frozen: false,
    attempts: 0,
    problem: null,
    answer: null,
    reflected: false,
    handled: null,
  }
}

export function bytesOf(entry: Entry): number {
  return new TextEncoder().encode(JSON.stringify(entry)).length
}

/** What it takes on the wire at most: base64 of the sealed form, and what stands beside it. */
function wireBytes({ bytes }: Kept): number {
  return Math.ceil((bytes * 4) / 3) + 400
}

export function shownState(item: Kept, now: number): ShownState {
  return item.state === 'waiting' && !item.frozen && isUndoable(item, now) ? 'undoable' : item.state
}

/** A clock set back must not hold an entry for hours: more than the undo time ahead counts as over. */
function isUndoable(item: Kept, now: number): boolean {
  return now < item.undo_until && item.undo_until - now <= UNDO_MS
}

/** Whether its content may still be changed or taken back. */
export function isEditable(item: Kept): boolean {
  return isWaiting(item) && !item.frozen
}

/** Whether it is still to be sent. */
export function isWaiting(item: Kept): boolean {
  return item.state === 'waiting' && !item.handled
}

/** Whether it still has to reach the server, or needs somebody's decision. */
export function isUnsettled(item: Kept): boolean {
  return item.state !== 'stored' && !item.handled
}

export function inOrder<T extends Kept>(items: readonly T[]): T[] {
  return [...items].sort((left, right) => (left.id < right.id ? -1 : left.id > right.id ? 1 : 0))
}

/**
 * The entries to send now, oldest first. Those of one round keep their order: while one can still be taken
 * back, or cannot be sent yet, the later ones of its round wait with it.
 */
export function nextBatch<T extends Kept>(
  items: readonly T[],
  account: Uuid,
  now: number,
  { limit = MAX_ENTRIES, canSend = () => true }: { limit?: number; canSend?: (item: T) => boolean } = {},
): T[] {
  const held = new Set<Uuid>()
  const batch: T[] = []
  let bytes = 0
  for (const item of inOrder(items)) {
    if (item.account !== account || !isWaiting(item)) continue
    if ((!item.frozen && isUndoable(item, now)) || !canSend(item)) held.add(item.round_id)
    if (held.has(item.round_id)) continue
    bytes += wireBytes(item)
    if (batch.length > 0 && (batch.length >= limit || bytes > MAX_BYTES)) break
    batch.push(item)
  }
  return batch
}

/** When the next entry becomes ready, ms; null when none waits for its undo time. */
export function nextReadyAt(items: readonly Kept[], now: number): number | null {
  const times = items
    .filter((item) => isEditable(item) && isUndoable(item, now))
    .map((item) => item.undo_until)
  return times.length ? Math.min(...times) : null
}

/** Whether the undo time of an entry ended since then: who began to send at that time passed it over. */
export function becameReady(items: readonly Kept[], since: number, now: number): boolean {
  return items.some((item) => isEditable(item) && since < item.undo_until && item.undo_until <= now)
}

/** Whether something could be sent now. */
export function hasReady(items: readonly Kept[], now: number): boolean {
  return items.some((item) => isWaiting(item) && (item.frozen || !isUndoable(item, now)))
}

export function startSending<T extends Kept>(item: T): T {
  return { ...item, state: 'sending', frozen: true, attempts: item.attempts + 1 }
}

/** Nothing that our server said came back, or the app died in between: it waits for the next try. */
export function notReceived<T extends Kept>(item: T, problem: Problem | null): T {
  return { ...item, state: 'waiting', problem: problem ?? item.problem }
}

/** Applies the server's answer to an entry that was sent. */
export function settle<T extends Kept>(item: T, result: Result, now: number): T {
  if (result.outcome === 'busy') return notReceived(item, 'busy')
  const { code, message, fields } = result
  const answer = { code, message, fields, at: now }
  const state = result.outcome === 'refused' ? 'refused' : 'stored'
  return { ...item, state, answer, problem: null, reflected: false }
}

/** Puts a refused entry back in the queue as it is: its content cannot change any more. */
export function retry<T extends Kept>(item: T): T {
  return { ...item, state: 'waiting', answer: null, problem: null, handled: null }
}

/** Gives an entry up, or hands it on: it is not sent from here any more. */
export function handle<T extends Kept>(
  item: T,
  how: NonNullable<Kept['handled']>['how'],
  by: Uuid | null,
  now: number,
): T {
  return { ...item, state: item.state === 'sending' ? 'waiting' : item.state, handled: { how, by, at: now } }
}

/**
 * Entries that can leave the phone: seen long enough after they were stored and are shown by what is held, or
 * after another entry took their place or their author gave them up.
 */
export function isDone(item: Kept, now: number): boolean {
  if (item.handled) return item.handled.how !== 'set_aside' && now - item.handled.at > KEEP_STORED_MS
  return item.state === 'stored' && item.reflected && now - (item.answer?.at ?? now) > KEEP_STORED_MS
}

/** What a person does: new entries, taking them back before they are sent, deciding about refused ones. */
import { computed } from 'vue'
import type { DropReason, EntryOf, Entry, Kind, Payloads, Uuid } from '@/api/wire'
import { elapsedMs, startStopwatch, visitMs, type MonotonicNow, type Witness } from '@/rules/elapsed'
import { freezeContent } from '@/rules/freeze'
import type { Reading } from './handshake'
import { newId } from '@/rules/uuid7'
import { takingOut, type DraftKey } from './drafts'
import { keep } from './keeping'
import { handle, isUnsettled, newOutboxEntry, retry, UNDO_MS, type Kept, type OutboxEntry, type Stored } from './outbox'
import { monotonicNow } from './sending'
import { current, keeper, kept, outbox, outboxChanged, readingOf, skewMs, type OpenAccount } from './state'
import { isStorageFull, noteKept } from './storage'
import { addToOutbox, changeOutbox, editWaiting } from './store'

function opened(): OpenAccount {
  if (!current.value) throw new Error('no account is open')
  return current.value
}

/** When something was made, by both clocks; what replaces a refused entry was made when that was. */
export type Made = Pick<Entry, 'at' | 'elapsed_ms'> & { reading?: Reading | null }

/** What the same act settles on the phone: the draft it was typed in, the refused entry whose place it takes. */
export interface Settles {
  draft?: DraftKey
  refused?: Uuid
}

/**
 * Keeps an entry on the phone and sends it as soon as it may be. Resolves when it is safely stored here.
 * @throws QuotaExceededError when the phone's storage is full: nothing was kept then.
 */
export async function enqueue<K extends Kind>(
  kind: K,
  /** null: outside of rounds; the entry stands for itself. */
  roundId: Uuid | null,
  payload: Payloads[K],
  made?: Made,
  settles?: Settles,
): Promise<EntryOf<K>> {
  const [entry] = await enqueueAll(kind, roundId, [payload], made, settles)
  if (!entry) throw new Error('an entry went in, and none came out')
  return entry
}

/**
 * Keeps entries of one act, all or none. Each is answered for itself, and they can be taken back together.
 * @throws QuotaExceededError when the phone's storage is full: nothing was kept then.
 */
export async function enqueueAll<K extends Kind>(
  kind: K,
  roundId: Uuid | null,
  payloads: readonly Payloads[K][],
  made?: Made,
  settles?: Settles,
): Promise<EntryOf<K>[]> {
  const account = opened()
  const now = Date.now()
  const { at, elapsed_ms, reading = null } = made ?? {
    at: new Date(now).toISOString(),
    elapsed_ms: elapsedFor(account, kind, roundId),
    reading: readingOf({ wall: now, mono: monotonicNow() }),
  }
  const entries = payloads.map(
    (payload): EntryOf<K> => {
      const id = newId()
      return { id, kind, round_id: roundId ?? id, at, elapsed_ms, payload: freezeContent(payload) }
    },
  )
  const items = entries.map((entry) => newOutboxEntry(account.author.id, entry as Entry, now, reading))
  await addAll(account, items, settles)
  await outboxChanged(account.db)
  account.loop.nudge()
  return entries
}

async function addAll({ db }: OpenAccount, items: readonly OutboxEntry[], settles: Settles = {}): Promise<void> {
  const by = items[0]?.id ?? null
  const refused = settles.refused && { id: settles.refused, change: replacedBy(by) }
  try {
    const closed = await Promise.all(items.map((item) => keep(item, keeper())))
    await takingOut(settles.draft, (draft) => addToOutbox(db, closed, { draft, ...(refused && { refused }) }))
    noteKept(true)
  } catch (error) {
    if (isStorageFull(error)) noteKept(false)
    throw error
  }
}

function replacedBy(by: Uuid | null): (item: Stored) => Stored {
  return (item) => handle(item, 'replaced', by, Date.now())
}

/** When somebody checked in, by both clocks: a code is worth what it was when it was scanned. */
export interface Moment {
  wall: number
  mono: MonotonicNow
}

/** What is known of the time besides, with a position that says how far the phone's clock is ahead of its own. */
function witness(wall: number, ahead: number | null): Witness {
  return { wall, ahead, skew: skewMs.value }
}

export function momentNow(): Moment {
  return { wall: Date.now(), mono: monotonicNow() }
}

/**
 * Starts a round: its id is made here, and its stopwatch runs from `began`. `ahead`: how far the phone's clock was ahead
 * of the position's own time, ms, null without one.
 */
export async function startRound(
  payload: Payloads['check_in'],
  began: Moment = momentNow(),
  ahead: number | null = null,
): Promise<Uuid> {
  const account = opened()
  const roundId = newId()
  const clock = startStopwatch(began.mono, witness(began.wall, ahead))
  await account.db.put('clocks', { ...clock, round_id: roundId })
  account.clocks.set(roundId, clock)
  const at = new Date(began.wall).toISOString()
  await enqueue('check_in', roundId, payload, { at, elapsed_ms: 0, reading: readingOf(began) })
  return roundId
}

/** Ends a round; `ahead` as at its start. */
export async function endRound(
  roundId: Uuid,
  payload: Payloads['check_out'],
  ahead: number | null,
): Promise<EntryOf<'check_out'>> {
  const clock = opened().clocks.get(roundId)
  const now = momentNow()
  return enqueue('check_out', roundId, payload, {
    at: new Date(now.wall).toISOString(),
    elapsed_ms: clock ? visitMs(clock, now.mono, witness(now.wall, ahead)) : null,
    reading: readingOf(now),
  })
}

const OUTSIDE_ROUNDS: readonly Kind[] = ['confirm', 'dispute', 'answer', 'drop']

function elapsedFor(account: OpenAccount, kind: Kind, roundId: Uuid | null): number | null {
  const clock = roundId === null ? undefined : account.clocks.get(roundId)
  if (!clock || OUTSIDE_ROUNDS.includes(kind)) return null
  return elapsedMs(clock, monotonicNow())
}

/**
 * Milliseconds since check-in on this phone's monotonic clock; null for a round that was started elsewhere.
 */
export function roundElapsedMs(roundId: Uuid): number | null {
  const clock = current.value?.clocks.get(roundId)
  return clock ? elapsedMs(clock, monotonicNow()) : null
}

/** Stops the stopwatch of a round that was checked out. */
export async function forgetClock(roundId: Uuid): Promise<void> {
  const account = opened()
  account.clocks.delete(roundId)
  await account.db.delete('clocks', roundId)
}

async function afterChange(account: OpenAccount): Promise<void> {
  await outboxChanged(account.db)
  account.loop.nudge()
}

/** Takes an entry back that was never tried to be sent. False when it is too late. */
export function takeBack(id: Uuid): Promise<boolean> {
  return takeBackAll([id])
}

/** Takes back what one act made. False when it is too late for one of them; the others are taken back. */
export async function takeBackAll(ids: readonly Uuid[]): Promise<boolean> {
  const account = opened()
  const done: boolean[] = []
  for (const id of ids) done.push(await editWaiting(account.db, id, () => null))
  await afterChange(account)
  return done.every(Boolean)
}

/** Changes the content of an entry that was never tried to be sent. False when it is too late: the draft stays then. */
export async function rewrite<K extends Kind>(id: Uuid, payload: Payloads[K], typed?: DraftKey): Promise<boolean> {
  const account = opened()
  const item = outbox.value.find((each) => each.id === id)
  if (!item) return false
  const undo_until = Date.now() + UNDO_MS
  const next = newOutboxEntry(item.account, { ...item.entry, payload } as Entry, undo_until - UNDO_MS)
  const { content, sealed, bytes } = await keep(next, keeper())
  const change = (now: Stored) => ({ ...now, content, sealed, bytes, undo_until })
  const done = await takingOut(typed, (draft) => editWaiting(account.db, id, change, { draft }))
  await afterChange(account)
  return done
}

async function decide(id: Uuid, change: (item: Stored) => Stored): Promise<void> {
  const account = opened()
  await changeOutbox(account.db, (item) => (isUnsettled(item) ? change(item) : item), new Set([id]))
  await afterChange(account)
}

/** Sends a refused entry again as it is, for instance after its check-in was repaired. */
export async function sendAgain(id: Uuid): Promise<void> {
  await decide(id, (item) => (item.state === 'refused' ? retry(item) : item))
  await opened().loop.sync()
}

/** Sends all refused entries again, for instance after a manager unlocked their round. */
export async function sendAllAgain(): Promise<void> {
  const account = opened()
  const open = kept.value.filter((item) => item.state === 'refused' && !item.handled)
  await changeOutbox(account.db, retry, new Set(open.map(({ id }) => id)))
  await afterChange(account)
  await account.loop.sync()
}

/** The author sent another entry in place of the refused one. */
export function markReplaced(id: Uuid, by: Uuid): Promise<void> {
  return decide(id, replacedBy(by))
}

/**
 * The author leaves the refused entry to the manager, who sees it in the server's ledger; it stays listed
 * here.
 */
export function setAside(id: Uuid): Promise<void> {
  return decide(id, (item) => handle(item, 'set_aside', null, Date.now()))
}

/**
 * The author gives an entry up for a reason, which is sent in its place and stays in the server's ledger. What
 * was never tried to be sent goes with it; the rest stays listed here for a day.
 */
export async function giveUp(item: Kept, reason: DropReason, text: string | null): Promise<void> {
  const said = await enqueue('drop', item.round_id, { entry_id: item.id, reason, text })
  await decide(item.id, (now) => handle(now, 'dropped', said.id, Date.now()))
}

export function useOutbox() {
  return {
    entries: outbox,
    /** All of them, those that cannot be read here among them. */
    kept,
    /** How many still have to reach the server or need a decision. */
    unsettled: computed(() => kept.value.filter(isUnsettled).length),
    refused: computed(() => kept.value.filter((item) => item.state === 'refused' && !item.handled).length),
    takeBack,
    takeBackAll,
    rewrite,
    sendAgain,
    sendAllAgain,
    setAside,
    giveUp,
    markReplaced,
  }
}

/**
 * Sends what waits, batch by batch, so that each entry is sent by one tab at a time and settled by its own
 * answer.
 */
import type { Entry, Result, SealedEntry, SyncReply, Uuid } from '@/api/wire'
import type { MonotonicNow } from '@/rules/elapsed'
import { correctionOf, isDoubtful, stillHolds, type Handshake } from './handshake'
import { nextBatch, notReceived, settle, startSending, type Problem, type Stored } from './outbox'
import type { AccountDatabase } from './schema'
import { changeOutbox, readOutbox } from './store'
import { waitingBeside, type Teller } from './telling'
import type { Failed, Received, Transport } from './transport'

export interface SenderContext {
  db: AccountDatabase
  account: Uuid
  deviceId: Uuid
  deviceName: string
  appVersion: string
  teller: Pick<Teller, 'isDue' | 'note'>
  transport: Pick<Transport, 'whoami' | 'send'>
  /** Whether it is sealed or can be read here: one of the two it takes to send it. */
  canSend: (item: Stored) => boolean
  /** The form in which an entry is sent; null where it cannot be read after all. */
  wireForm: (item: Stored) => Promise<Entry | SealedEntry | null>
  now: () => number
  monotonic: () => MonotonicNow
  /** What the server's answer says of the time. */
  heard: (handshake: Handshake) => void
  /** Runs the task while no other tab of this account sends. */
  exclusively: <T>(task: () => Promise<T>) => Promise<T>
  onChange: () => void | Promise<void>
}

/** What ended the sending: nothing left, or a problem to try again after. */
export interface Sent {
  settled: number
  problem: Problem | null
}

/** One time of sending, and what the server last said of the time during it. */
interface Sending extends SenderContext {
  answer: { last: Handshake | null }
}

/** Sends until nothing is ready or something is in the way. Entries of another account are never sent. */
export function sendWaiting(parts: SenderContext): Promise<Sent> {
  const context = { ...parts, answer: { last: null } }
  return context.exclusively(async () => {
    await recoverInterrupted(context)
    const ready = await readBatch(context)
    if (ready.length === 0 && !(await hasToTell(context))) return { settled: 0, problem: null }
    const session = await context.transport.whoami()
    if (!session.ok) return stopped(context, ready, problemOf(session.problem))
    if (session.value !== context.account) return stopped(context, ready, 'other_account')
    return ready.length ? sendBatches(context) : tell(context)
  })
}

async function hasToTell({ db, teller, now }: SenderContext): Promise<boolean> {
  return teller.isDue(waitingBeside(await readOutbox(db), new Set()), now())
}

/** Says how the phone is, with nothing to send. */
async function tell(context: Sending): Promise<Sent> {
  const reply = await post(context, [])
  return { settled: 0, problem: reply.ok ? null : problemOf(reply.problem) }
}

async function readBatch(context: SenderContext, limit?: number): Promise<Stored[]> {
  const items = await readOutbox(context.db)
  const { canSend } = context
  return nextBatch(items, context.account, context.now(), { ...(limit && { limit }), canSend })
}

/** Under the lock nobody else is sending: what still says so was interrupted. */
async function recoverInterrupted({ db }: SenderContext): Promise<void> {
  await changeOutbox(db, (item) => (item.state === 'sending' ? notReceived(item, null) : item))
}

async function stopped(context: SenderContext, items: Stored[], problem: Problem): Promise<Sent> {
  await changeOutbox(context.db, (item) => notReceived(item, problem), idsOf(items))
  await context.onChange()
  return { settled: 0, problem }
}

async function sendBatches(context: Sending): Promise<Sent> {
  let settled = 0
  let limit: number | undefined
  for (;;) {
    const batch = await readBatch(context, limit)
    if (batch.length === 0) return { settled, problem: null }
    const outcome = await sendBatch(context, batch)
    await context.onChange()
    if (outcome === 'too_large') limit = Math.max(1, Math.floor(batch.length / 2))
    else if (outcome.problem) return { settled: settled + outcome.settled, problem: outcome.problem }
    else settled += outcome.settled
  }
}

/** Those of the front of the batch that one difference of the clocks is right for, and that difference. */
interface Timed {
  batch: Stored[]
  /** Added to the difference between the server's clock and the phone's, ms. */
  correction: number
}

/** Differences that are as good as one, ms. */
const ALIKE_MS = 5_000

/**
 * The server takes the difference of the clocks for what it is when they are sent. Where the clock was set since an
 * entry was made, or the phone slept, the server is asked for the time first; entries of before and after go apart.
 */
async function timed(context: Sending, batch: Stored[]): Promise<Timed | Problem> {
  const { now, monotonic } = context
  const doubtful = ({ reading }: Stored) => reading && isDoubtful(reading, now(), monotonic())
  if (!batch.some(doubtful)) return { batch, correction: 0 }
  const handshake = await askedTime(context)
  if (typeof handshake === 'string') return handshake
  const readings = (await readOutbox(context.db)).flatMap(({ reading }) => reading ?? [])
  const corrections = batch.map(({ reading }) => (reading ? correctionOf(reading, handshake, readings) : 0))
  const [correction = 0] = corrections
  const apart = corrections.findIndex((each) => Math.abs(each - correction) > ALIKE_MS)
  return { batch: apart < 0 ? batch : batch.slice(0, apart), correction }
}

/** What the server says of the time: asked, unless an answer of just now still holds. */
async function askedTime(context: Sending): Promise<Handshake | Problem> {
  const { answer, now, monotonic } = context
  if (answer.last && stillHolds(answer.last, now(), monotonic())) return answer.last
  const reply = await post(context, [])
  return reply.ok ? reply.value.handshake : problemOf(reply.problem)
}

async function sendBatch(context: Sending, ready: Stored[]): Promise<Sent | 'too_large'> {
  const { db, now } = context
  const front = await timed(context, ready)
  if (typeof front === 'string') return stopped(context, ready, front)
  const { batch, correction } = front
  const ids = idsOf(batch)
  await changeOutbox(db, startSending, ids)
  const entries = await wireForms(context, ids)
  await context.onChange()
  const reply = await post(context, entries, correction)
  if (reply.ok) return settleBatch(context, batch, reply.value.reply.results)
  if (reply.problem !== 'too_large') return stopped(context, batch, problemOf(reply.problem))
  if (batch.length > 1) await changeOutbox(db, (item) => notReceived(item, null), ids)
  else await changeOutbox(db, (item) => settle(item, refusedHere(item.id, 'too_large'), now()), ids)
  return batch.length > 1 ? 'too_large' : { settled: 1, problem: null }
}

/** Sends, and notes what the answer says of the time. */
async function post(
  context: Sending,
  entries: (Entry | SealedEntry)[],
  correction = 0,
): Promise<Received<{ reply: SyncReply; handshake: Handshake }>> {
  const { db, account, deviceId, deviceName, appVersion, teller, transport, now, monotonic } = context
  const waiting = waitingBeside(await readOutbox(db), new Set(entries.map(({ id }) => id)))
  const asked = monotonic()
  const reply = await transport.send({
    protocol: 1,
    account_id: account,
    device_id: deviceId,
    device_name: deviceName,
    app_version: appVersion,
    sent_at: new Date(now() - correction).toISOString(),
    waiting,
    entries,
  })
  if (!reply.ok) return reply
  teller.note(waiting, now())
  const server = Date.parse(reply.value.server_time)
  const handshake = { server, skew: server - now(), asked, heard: monotonic() }
  context.answer.last = handshake
  context.heard(handshake)
  return { ok: true, value: { reply: reply.value, handshake } }
}

/** Read after they were frozen, so that what is sent is what is kept. */
async function wireForms(
  { db, wireForm, now }: SenderContext,
  ids: ReadonlySet<Uuid>,
): Promise<(Entry | SealedEntry)[]> {
  const items = (await readOutbox(db)).filter(({ id }) => ids.has(id))
  const forms = await Promise.all(items.map(async (item) => ({ id: item.id, form: await wireForm(item) })))
  const lost = new Set(forms.filter(({ form }) => !form).map(({ id }) => id))
  if (lost.size) await changeOutbox(db, (item) => settle(item, refusedHere(item.id, 'unreadable_here'), now()), lost)
  return forms.flatMap(({ form }) => form ?? [])
}

/** Entries are matched by id; one without an answer of its own was not received. */
async function settleBatch(context: SenderContext, batch: Stored[], results: Result[]): Promise<Sent> {
  const byId = new Map(results.map((result) => [result.id, result]))
  const pending = unsettledCheckIns(batch, byId)
  let left = 0
  await changeOutbox(
    context.db,
    (item) => {
      if (item.state !== 'sending') return item
      const result = byId.get(item.id)
      const early = result?.code === 'unknown_round' && pending.has(item.round_id)
      const next = result && !early ? settled(item, result, context.now()) : notReceived(item, 'busy')
      if (next.problem === 'busy') left += 1
      return next
    },
    idsOf(batch),
  )
  return { settled: batch.length - left, problem: left > 0 ? 'busy' : null }
}

/**
 * What the server could not open waits for the next try, which sends it as it is. Not sooner: only a seal is
 * bound to its author, so without it one asks first who is signed in.
 */
function settled(item: Stored, result: Result, now: number): Stored {
  return goesUnsealed(item, result) ? { ...notReceived(item, 'busy'), sealed: null } : settle(item, result, now)
}

/** Whether the server could not open it, and its author can read it here. */
function goesUnsealed(item: Stored, result: Result): boolean {
  return result.code === 'unreadable_seal' && !!item.sealed && !!item.content
}

/** Rounds whose check-in, one's own or a colleague's, is still to come: what depends on it is not refused for its lack. */
function unsettledCheckIns(batch: Stored[], results: Map<Uuid, Result>): Set<Uuid> {
  const open = batch.filter((item) => {
    const result = results.get(item.id)
    // The one who began it has not been heard of yet.
    if (item.kind === 'join' && result?.code === 'unknown_round') return true
    return item.kind === 'check_in' && (!result || result.outcome === 'busy' || goesUnsealed(item, result))
  })
  return new Set(open.map((item) => item.round_id))
}

function refusedHere(id: Uuid, code: string): Result {
  return { id, outcome: 'refused', code, message: null, fields: [], record: null }
}

function problemOf(problem: Failed): Problem {
  return problem === 'too_large' || problem === 'too_many_rows' ? 'foreign_answer' : problem
}

function idsOf(items: Stored[]): Set<Uuid> {
  return new Set(items.map((item) => item.id))
}

/**
 * Sends what waits, batch by batch, so that each entry is sent by one tab at a time and settled by its own
 * answer.
 */
import type { Result, SyncRequest, Uuid } from '@/api/wire'
import { nextBatch, notReceived, settle, startSending, type OutboxEntry, type Problem } from './outbox'
import type { AccountDatabase } from './schema'
import { changeOutbox, readOutbox } from './store'
import type { Transport } from './transport'

export interface SenderContext {
  db: AccountDatabase
  account: Uuid
  deviceId: Uuid
  deviceName: string
  transport: Pick<Transport, 'whoami' | 'send'>
  now: () => number
  /** Runs the task while no other tab of this account sends. */
  exclusively: <T>(task: () => Promise<T>) => Promise<T>
  onChange: () => void | Promise<void>
}

/** What ended the sending: nothing left, or a problem to try again after. */
export interface Sent {
  settled: number
  problem: Problem | null
}

/** Sends until nothing is ready or something is in the way. Entries of another account are never sent. */
export function sendWaiting(context: SenderContext): Promise<Sent> {
  return context.exclusively(async () => {
    await recoverInterrupted(context)
    const ready = nextBatch(await readOutbox(context.db), context.account, context.now())
    if (ready.length === 0) return { settled: 0, problem: null }
    const session = await context.transport.whoami()
    if (!session.ok) return stopped(context, ready, problemOf(session.problem))
    if (session.value !== context.account) return stopped(context, ready, 'other_account')
    return sendBatches(context)
  })
}

/** Under the lock nobody else is sending: what still says so was interrupted. */
async function recoverInterrupted({ db }: SenderContext): Promise<void> {
  await changeOutbox(db, (item) => (item.state === 'sending' ? notReceived(item, null) : item))
}

async function stopped(context: SenderContext, items: OutboxEntry[], problem: Problem): Promise<Sent> {
  await changeOutbox(context.db, (item) => notReceived(item, problem), idsOf(items))
  await context.onChange()
  return { settled: 0, problem }
}

async function sendBatches(context: SenderContext): Promise<Sent> {
  let settled = 0
  let limit: number | undefined
  for (;;) {
    const batch = nextBatch(await readOutbox(context.db), context.account, context.now(), limit)
    if (batch.length === 0) return { settled, problem: null }
    const outcome = await sendBatch(context, batch)
    await context.onChange()
    if (outcome === 'too_large') limit = Math.max(1, Math.floor(batch.length / 2))
    else if (outcome.problem) return { settled: settled + outcome.settled, problem: outcome.problem }
    else settled += outcome.settled
  }
}

async function sendBatch(context: SenderContext, batch: OutboxEntry[]): Promise<Sent | 'too_large'> {
  const { db, transport, now } = context
  const ids = idsOf(batch)
  await changeOutbox(db, startSending, ids)
  await context.onChange()
  const reply = await transport.send(requestOf(context, batch))
  if (reply.ok) return settleBatch(context, batch, reply.value.results)
  if (reply.problem !== 'too_large') return stopped(context, batch, reply.problem)
  if (batch.length > 1) await changeOutbox(db, (item) => notReceived(item, null), ids)
  else await changeOutbox(db, (item) => settle(item, tooLarge(item.id), now()), ids)
  return batch.length > 1 ? 'too_large' : { settled: 1, problem: null }
}

function requestOf(context: SenderContext, batch: OutboxEntry[]): SyncRequest {
  return {
    protocol: 1,
    device_id: context.deviceId,
    device_name: context.deviceName,
    sent_at: new Date(context.now()).toISOString(),
    entries: batch.map((item) => item.entry),
  }
}

/** Entries are matched by id; one without an answer of its own was not received. */
async function settleBatch(context: SenderContext, batch: OutboxEntry[], results: Result[]): Promise<Sent> {
  const byId = new Map(results.map((result) => [result.id, result]))
  const pending = unsettledCheckIns(batch, byId)
  let left = 0
  await changeOutbox(
    context.db,
    (item) => {
      const result = byId.get(item.id)
      const early = result?.code === 'unknown_round' && pending.has(item.entry.round_id)
      const next = result && !early ? settle(item, result, context.now()) : notReceived(item, 'busy')
      if (next.state === 'waiting') left += 1
      return next
    },
    idsOf(batch),
  )
  return { settled: batch.length - left, problem: left > 0 ? 'busy' : null }
}

/** Rounds whose check-in has no final answer yet: what depends on it is not refused for its lack. */
function unsettledCheckIns(batch: OutboxEntry[], results: Map<Uuid, Result>): Set<Uuid> {
  const open = batch.filter((item) => {
    const outcome = results.get(item.id)?.outcome
    return item.entry.kind === 'check_in' && (outcome === undefined || outcome === 'busy')
  })
  return new Set(open.map((item) => item.entry.round_id))
}

function tooLarge(id: Uuid): Result {
  return { id, outcome: 'refused', code: 'too_large', message: null, fields: [], record: null }
}

function problemOf(problem: Problem | 'too_large'): Problem {
  return problem === 'too_large' ? 'foreign_answer' : problem
}

function idsOf(items: OutboxEntry[]): Set<Uuid> {
  return new Set(items.map((item) => item.id))
}

/** The two calls of the sync door. Everything that is not our envelope counts as not received. */
import { Refused, Unreached, api } from '@/api/client'
import type { Me, Result, SyncReply, SyncRequest, Uuid, WorkingSetPage } from '@/api/wire'
import type { View } from './schema'
import type { Problem } from './outbox'

/** Of cursor and ids in an address; the rest of it, and proxies, take some too. */
const LONGEST_ASKED = 6000

/** Why nothing was received; `too_many_rows`: the phone cannot hold all, some institutions have to be chosen. */
export type Failed = Problem | 'too_large' | 'too_many_rows'
export type Received<T> = { ok: true; value: T } | { ok: false; problem: Failed; details?: Refused['details'] }

export interface Transport {
  /** The account of the session the browser holds now. */
  whoami: () => Promise<Received<Uuid>>
  send: (request: SyncRequest) => Promise<Received<SyncReply>>
  /** Tells whom the account looked at. */
  tellViews: (account: Uuid, views: readonly View[], signal?: AbortSignal) => Promise<Received<null>>
  /** `only`: the institutions that were chosen for this phone. */
  pull: (cursor: string | undefined, only?: readonly Uuid[]) => Promise<Received<WorkingSetPage>>
}

export const transport: Transport = {
  whoami: () => received(api.get<Me>('/session'), isMe, (me) => me.id),
  send: (request) => received(api.post<SyncReply>('/sync', request), isReply, (reply) => reply),
  tellViews: (account_id, views, signal) =>
    received(
      api.post<undefined>('/residents/views', { account_id, views }, signal),
      (body) => body === undefined,
      () => null,
    ),
  pull: (cursor, only) => received(page({ cursor, institutions: only?.join() }), isPage, (read) => read),
}

/** Who deals with hundreds of institutions asks for more than an address holds; a server takes some 8,000 bytes. */
function page(asked: { cursor: string | undefined; institutions: string | undefined }): Promise<WorkingSetPage> {
  const long = (asked.cursor?.length ?? 0) + (asked.institutions?.length ?? 0) > LONGEST_ASKED
  return long ? api.post<WorkingSetPage>('/sync/read', asked) : api.get<WorkingSetPage>('/sync', asked)
}

async function received<T, V>(
  call: Promise<T>,
  isOurs: (body: unknown) => boolean,
  valueOf: (body: T) => V,
): Promise<Received<V>> {
  try {
    const body = await call
    return isOurs(body) ? { ok: true, value: valueOf(body) } : { ok: false, problem: 'foreign_answer' }
  } catch (error) {
    const problem = problemOf(error)
    return { ok: false, problem, ...(error instanceof Refused && { details: error.details }) }
  }
}

/**
 * @throws what is neither the server's nor the network's failure: that is a fault of the app and must show.
 */
export function problemOf(error: unknown): Failed {
  if (error instanceof Refused || error instanceof Unreached) {
    if (error.status === 413) return 'too_large'
    if (error instanceof Refused && error.code === 'too_many_rows') return 'too_many_rows'
    if (error.status === 401) return 'signed_out'
    if (error instanceof Refused && error.code === 'other_account') return 'other_account'
    if (error.status === 403) return 'forbidden'
    if (error instanceof Unreached) return error.reason
    return error.status >= 500 ? 'server_down' : 'foreign_answer'
  }
  // Whoever asked did not wait any longer.
  if (error instanceof DOMException && error.name === 'AbortError') return 'network'
  throw error
}

function isRecord(body: unknown): body is Record<string, unknown> {
  return typeof body === 'object' && body !== null
}

function isMe(body: unknown): boolean {
  return isRecord(body) && typeof body['id'] === 'string' && Array.isArray(body['memberships'])
}

function isPage(body: unknown): boolean {
  return isRecord(body) && body['protocol'] === 1 && typeof body['cursor'] === 'string'
}

function isReply(body: unknown): boolean {
  return (
    isRecord(body) &&
    body['protocol'] === 1 &&
    Array.isArray(body['results']) &&
    body['results'].every(isResult)
  )
}

const OUTCOMES: readonly Result['outcome'][] = ['stored', 'duplicate', 'refused', 'busy']

function isResult(result: unknown): boolean {
  return (
    isRecord(result) &&
    typeof result['id'] === 'string' &&
    OUTCOMES.some((known) => known === result['outcome'])
  )
}

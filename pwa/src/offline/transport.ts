/** The two calls of the sync door. Everything that is not our envelope counts as not received. */
import { Refused, Unreached, api } from '@/api/client'
import type { Me, Result, SyncReply, SyncRequest, Uuid, WorkingSetPage } from '@/api/wire'
import type { Problem } from './outbox'

export type Received<T> = { ok: true; value: T } | { ok: false; problem: Problem | 'too_large' }

export interface Transport {
  /** The account of the session the browser holds now. */
  whoami: () => Promise<Received<Uuid>>
  send: (request: SyncRequest) => Promise<Received<SyncReply>>
  pull: (cursor: string | undefined) => Promise<Received<WorkingSetPage>>
}

export const transport: Transport = {
  whoami: () => received(api.get<Me>('/session'), isMe, (me) => me.id),
  send: (request) => received(api.post<SyncReply>('/sync', request), isReply, (reply) => reply),
  pull: (cursor) => received(api.get<WorkingSetPage>('/sync', { cursor }), isPage, (page) => page),
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
    return { ok: false, problem: problemOf(error) }
  }
}

/**
 * @throws what is neither the server's nor the network's failure: that is a fault of the app and must show.
 */
export function problemOf(error: unknown): Problem | 'too_large' {
  if (error instanceof Refused || error instanceof Unreached) {
    if (error.status === 413) return 'too_large'
    if (error.status === 401) return 'signed_out'
    if (error.status === 403) return 'forbidden'
    if (error instanceof Unreached) return error.reason
    return error.status >= 500 ? 'server_down' : 'foreign_answer'
  }
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

/** The one way to the server. Every failure is one of two kinds: Refused (the server answered, and said no) or
 *  Unreached (nothing that our server said came back: no network, a captive portal, a proxy's error page). */

import { activeLocale } from '@/i18n/locale'

const BASE = '/api/v1'
const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

export interface FieldError {
  path: string
  code: string
  limit?: string | number
}

interface ErrorEnvelope {
  error: { code: string; message?: string; fields?: FieldError[]; details?: Record<string, unknown> }
}

/** The server answered and refused. `message` is in the reader's language. */
export class Refused extends Error {
  override readonly name = 'Refused'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: readonly FieldError[] = [],
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
  }

  /** A session that ended is no refusal of the work: what waits on the phone keeps waiting. */
  get signedOut(): boolean {
    return this.status === 401 && (this.code === 'signed_out' || this.revoked)
  }

  /** Somebody ended the session on purpose: this device is to be cleared. */
  get revoked(): boolean {
    return this.status === 401 && this.code === 'revoked'
  }

  /** Seconds until another try makes sense, where the server said so. */
  get retryAfter(): number | null {
    const seconds = this.details['retry_after_s']
    return typeof seconds === 'number' ? seconds : null
  }
}

export type UnreachedReason = 'network' | 'foreign_answer' | 'server_down'

/** Nothing that our server said came back; whether it received the request is unknown. */
export class Unreached extends Error {
  override readonly name = 'Unreached'

  constructor(
    readonly reason: UnreachedReason,
    /** The status of an answer that was not ours, such as a proxy's 413; null where none came back. */
    readonly status: number | null = null,
    options?: ErrorOptions,
  ) {
    super(reason, options)
  }
}

export type Failure = Refused | Unreached

export function isFailure(error: unknown): error is Failure {
  return error instanceof Refused || error instanceof Unreached
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  query?: Record<string, string | undefined>
  body?: unknown
  /** Sent as it is, in place of JSON. */
  file?: Blob
  signal?: AbortSignal
}

type SessionChange = 'signed_in' | 'signed_out' | 'revoked'
type SessionListener = (change: SessionChange) => void
const listeners = new Set<SessionListener>()
let signIns = 0

/** Hears of the session's end, as the server says so, and of signing in. Returns the way to stop listening. */
export function onSession(listener: SessionListener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** To be called after signing in: what was refused for want of a session can be asked again. */
export function announce(change: SessionChange): void {
  listeners.forEach((listener) => listener(change))
}

/** Enough for what a phone sends at once on a bad line. Without an end a request would hold up all that wait for it, ms. */
const WITHIN_MS = 90_000

/**
 * Sends one request under /api/v1 and returns its JSON body, or undefined for 204.
 * @throws Refused when the server answered with its error envelope; Unreached for everything else, also where no whole
 * answer came in time.
 */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const { signal } = options
  const over = new AbortController()
  const end = () => over.abort()
  const timer = setTimeout(end, WITHIN_MS)
  signal?.addEventListener('abort', end)
  if (signal?.aborted) end()
  try {
    return await asked<T>(path, { ...options, signal: over.signal })
  } catch (cause) {
    if (over.signal.aborted && !signal?.aborted) throw new Unreached('network', null, { cause })
    throw cause
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

async function asked<T>(path: string, options: RequestOptions): Promise<T> {
  const before = signIns
  const response = await send(path, options)
  if (response.status === 204) return undefined as T
  const body = await jsonOf(response)
  if (response.ok && path === '/session' && options.method === 'POST') signIns += 1
  if (response.ok) return body as T
  const failure = refusalOf(response.status, body)
  // What was asked under a session before this one says nothing of this one.
  if (failure instanceof Refused && failure.signedOut && before === signIns)
    announce(failure.revoked ? 'revoked' : 'signed_out')
  throw failure
}

export const api = {
  get: <T>(path: string, query?: RequestOptions['query'], signal?: AbortSignal) =>
    request<T>(path, { ...(query && { query }), ...(signal && { signal }) }),
  post: <T>(path: string, body: unknown = {}, signal?: AbortSignal) =>
    request<T>(path, { method: 'POST', body, ...(signal && { signal }) }),
  putFile: (path: string, query: RequestOptions['query'], file: Blob) =>
    request<undefined>(path, { method: 'PUT', file, ...(query && { query }) }),
  delete: (path: string, signal?: AbortSignal) =>
    request<undefined>(path, { method: 'DELETE', ...(signal && { signal }) }),
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const method = options.method ?? 'GET'
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': activeLocale() }
  if (UNSAFE.has(method)) headers['X-Xunyue'] = '1'
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  if (options.file) headers['Content-Type'] = options.file.type
  try {
    return await fetch(BASE + path + queryOf(options.query), {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      // A redirect is never ours: captive portals answer so, to other hosts too.
      redirect: 'error',
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      ...(options.file && { body: options.file }),
      ...(options.signal && { signal: options.signal }),
    })
  } catch (cause) {
    if (options.signal?.aborted) throw cause
    throw new Unreached('network', null, { cause })
  }
}

function queryOf(query: RequestOptions['query']): string {
  const entries = Object.entries(query ?? {}).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return entries.length ? `?${new URLSearchParams(entries).toString()}` : ''
}

async function jsonOf(response: Response): Promise<unknown> {
  const foreign = response.status >= 500 ? 'server_down' : 'foreign_answer'
  if (!response.headers.get('Content-Type')?.includes('json')) throw new Unreached(foreign, response.status)
  try {
    return await response.json()
  } catch (cause) {
    throw new Unreached(foreign, response.status, { cause })
  }
}

function refusalOf(status: number, body: unknown): Failure {
  if (!isEnvelope(body)) return new Unreached(status >= 500 ? 'server_down' : 'foreign_answer', status)
  const { code, message, fields, details } = body.error
  return new Refused(status, code, message ?? code, fields, details)
}

function isEnvelope(body: unknown): body is ErrorEnvelope {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false
  const { error } = body
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
}

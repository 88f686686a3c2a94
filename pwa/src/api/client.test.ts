import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Refused, Unreached, api, onSession } from './client'

const fetched = vi.fn<typeof fetch>()

beforeEach(() => vi.stubGlobal('fetch', fetched))
afterEach(() => {
  vi.unstubAllGlobals()
  fetched.mockReset()
})

function answer(status: number, body: unknown, type = 'application/json'): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  fetched.mockImplementation(() => Promise.resolve(new Response(text, { status, headers: { 'Content-Type': type } })))
}

/** As browsers do: nothing more comes, and what is aborted ends, in the middle of an answer too. */
function hang(begun: string | null): void {
  fetched.mockImplementation((_path, options) => {
    const ended = new Promise<never>((_resolve, reject) => {
      options?.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
    })
    if (begun === null) return ended
    const body = new ReadableStream({
      start: (stream) => {
        stream.enqueue(new TextEncoder().encode(begun))
        void ended.catch((reason: unknown) => stream.error(reason))
      },
    })
    return Promise.resolve(new Response(body, { headers: { 'Content-Type': 'application/json' } }))
  })
}

async function failureOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  )
}

describe('a request', () => {
  it('carries our header when it changes something, and the language always', async () => {
    answer(200, {})
    await api.post('/sync', { protocol: 1 })
    const [path, options] = fetched.mock.calls[0] ?? []
    expect(path).toBe('/api/v1/sync')
    expect(options).toMatchObject({ method: 'POST', credentials: 'same-origin', redirect: 'error', body: '{"protocol":1}' })
    expect(options?.headers).toMatchObject({ 'X-Xunyue': '1', 'Accept-Language': 'zh-CN' })
  })

  it('leaves out absent query values', async () => {
    answer(200, {})
    await api.get('/sync', { cursor: undefined })
    await api.get('/sync', { cursor: 'a b' })
    expect(fetched.mock.calls.map(([path]) => path)).toEqual(['/api/v1/sync', '/api/v1/sync?cursor=a+b'])
    expect(fetched.mock.calls[0]?.[1]?.headers).not.toHaveProperty('X-Xunyue')
  })

  it('gives nothing for 204', async () => {
    fetched.mockResolvedValue(new Response(null, { status: 204 }))
    expect(await api.delete('/session')).toBeUndefined()
  })
})

describe('a refusal', () => {
  it('carries status, code, fields and message', async () => {
    const fields = [{ path: 'payload.form.sbp', code: 'too_high', limit: 300 }]
    answer(422, { error: { code: 'invalid', message: '收缩压过高', fields, details: {} } })
    const failure = await failureOf(api.post('/x'))
    expect(failure).toBeInstanceOf(Refused)
    expect(failure).toMatchObject({ status: 422, code: 'invalid', message: '收缩压过高', fields })
  })

  it('for too many tries says when to try again', async () => {
    answer(429, { error: { code: 'throttled', message: '', details: { retry_after_s: 90 } } })
    expect(await failureOf(api.post('/session'))).toMatchObject({ code: 'throttled', retryAfter: 90 })
  })

  it('because the session ended is told to who listens; a wrong password is not', async () => {
    const heard = vi.fn()
    const stop = onSession(heard)
    answer(401, { error: { code: 'sign_in_failed' } })
    await failureOf(api.post('/session'))
    expect(heard).not.toHaveBeenCalled()
    answer(401, { error: { code: 'signed_out' } })
    await failureOf(api.get('/sync'))
    expect(heard.mock.calls).toEqual([['signed_out']])
    stop()
  })
})

describe('what is not our answer', () => {
  it.each([
    ['a portal’s page', 200, '<html>请先登录网络</html>', 'text/html', 'foreign_answer'],
    ['a portal’s page that claims to be JSON', 200, '<html></html>', 'application/json', 'foreign_answer'],
    ['a proxy’s error page', 502, '<html></html>', 'text/html', 'server_down'],
    ['a foreign 403', 403, { detail: 'no' }, 'application/json', 'foreign_answer'],
  ])('%s was not received', async (_name, status, body, type, reason) => {
    answer(status, body, type)
    const failure = await failureOf(api.get('/sync'))
    expect(failure).toBeInstanceOf(Unreached)
    expect(failure).toMatchObject({ reason, status })
  })

  it('no network was not received either', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'))
    expect(await failureOf(api.get('/sync'))).toMatchObject({ reason: 'network', status: null })
  })

  it.each([
    ['no answer', null],
    ['half an answer', '{"protocol":1,"results":['],
  ])('%s within a minute and a half was not received', async (_what, begun) => {
    vi.useFakeTimers()
    hang(begun)
    const failure = failureOf(api.post('/sync'))
    await vi.advanceTimersByTimeAsync(89_000)
    expect(fetched.mock.calls[0]?.[1]?.signal?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await failure).toMatchObject({ name: 'Unreached', reason: 'network' })
    vi.useRealTimers()
  })

  it('an abandoned request is the caller’s own doing, not a failure', async () => {
    const controller = new AbortController()
    controller.abort()
    fetched.mockRejectedValue(new DOMException('aborted', 'AbortError'))
    expect(await failureOf(api.get('/sync', undefined, controller.signal))).toBeInstanceOf(DOMException)
  })
})

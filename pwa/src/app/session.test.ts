import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Me } from '@/api/wire'

// Each test loads the modules anew, which takes a busy machine its time.
vi.setConfig({ testTimeout: 20_000 })

const fetched = vi.fn<typeof fetch>()
const hooks = {
  opened: vi.fn<(me: Me, password?: string) => Promise<void>>(() => Promise.resolve()),
  left: vi.fn<(who: { id: string; name: string }) => Promise<void>>(() => Promise.resolve()),
}

function person(id: string, permissions: Me['permissions'] = ['rounds.confirm', 'sync.use']): Me {
  return { id, name: id, login: id, server_time: '2026-11-22T05:00:00Z', permissions, memberships: [] }
}

function answers(...replies: [number, unknown][]): void {
  for (const [status, body] of replies) {
    const text = status === 204 ? null : JSON.stringify(body)
    const response = new Response(text, { status, headers: { 'Content-Type': 'application/json' } })
    fetched.mockResolvedValueOnce(response)
  }
}

const signedOut: [number, unknown] = [401, { error: { code: 'signed_out', message: '' } }]
const offline = () => fetched.mockRejectedValueOnce(new TypeError('Failed to fetch'))

/** The module anew, as after a start of the app; what the phone remembers stays. */
async function restart() {
  vi.resetModules()
  return import('./session')
}

async function startedAs(id: string) {
  const session = await restart()
  answers([200, person(id)])
  await session.startSession(hooks)
  await vi.waitFor(() => expect(session.me.value?.id).toBe(id))
  return session
}

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('fetch', fetched)
  vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (Linux; Android 14) Chrome/120', onLine: true })
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.clearAllMocks()
  fetched.mockReset()
})

describe('the start of the app', () => {
  it('opens the remembered account without a network', async () => {
    await startedAs('wang')
    const session = await restart()
    offline()
    await session.startSession(hooks)
    expect(session.me.value?.id).toBe('wang')
    expect(session.can('rounds.confirm')).toBe(true)
    expect(session.expired.value).toBe(false)
    expect(hooks.opened).toHaveBeenLastCalledWith(person('wang'), undefined)
  })

  it('is signed out where nobody is remembered and the server says so', async () => {
    const session = await restart()
    answers(signedOut)
    await session.startSession(hooks)
    expect(session.signedIn.value).toBe(false)
    expect(hooks.opened).not.toHaveBeenCalled()
  })

  it('keeps the account open, with the prompt, when the session has ended meanwhile', async () => {
    await startedAs('wang')
    const session = await restart()
    answers(signedOut)
    await session.startSession(hooks)
    await vi.waitFor(() => expect(session.expired.value).toBe(true))
    expect(session.me.value?.id).toBe('wang')
    expect(hooks.left).not.toHaveBeenCalled()
  })
})

describe('a role that works offline', () => {
  const manager = (id: string) => person(id, ['accounts.manage'])

  it('ends: what it kept goes at once, its person stays signed in, and nothing is opened from then on', async () => {
    const session = await startedAs('wang')
    hooks.opened.mockClear()
    answers([200, manager('wang')])
    await session.refresh()
    expect(hooks.left.mock.calls).toEqual([[manager('wang')]])
    expect([session.me.value?.id, session.can('sync.use')]).toEqual(['wang', false])
    const again = await restart()
    offline()
    await again.startSession(hooks)
    expect(again.me.value?.id).toBe('wang')
    expect(hooks.opened).not.toHaveBeenCalled()
  })

  it('is given anew: the account opens without a new sign-in', async () => {
    const session = await restart()
    answers([200, manager('wang')])
    await session.startSession(hooks)
    await vi.waitFor(() => expect(session.me.value?.id).toBe('wang'))
    expect(hooks.opened).not.toHaveBeenCalled()
    answers([200, person('wang')])
    await session.refresh()
    expect(hooks.opened).toHaveBeenCalledWith(person('wang'), undefined)
  })
})

describe('an app that is killed while an account leaves', () => {
  const killed = () => hooks.left.mockReturnValueOnce(new Promise(() => undefined))

  async function startsWith(): Promise<void> {
    hooks.opened.mockClear()
    hooks.left.mockClear()
    const session = await restart()
    fetched.mockReset()
    offline()
    await session.startSession(hooks)
    expect(hooks.left.mock.calls).toEqual([[{ id: 'wang', name: 'wang' }]])
    await vi.waitFor(() => expect(fetched).toHaveBeenCalled())
  }

  it('goes on with it at the next start: signed out', async () => {
    const session = await startedAs('wang')
    killed()
    void session.signOut()
    await vi.waitFor(() => expect(hooks.left).toHaveBeenCalled())
    await startsWith()
    expect(hooks.opened).not.toHaveBeenCalled()
  })

  it('goes on with it at the next start: revoked', async () => {
    const session = await startedAs('wang')
    killed()
    answers([401, { error: { code: 'revoked', message: '' } }])
    await session.refresh()
    await vi.waitFor(() => expect(hooks.left).toHaveBeenCalled())
    await startsWith()
    expect(hooks.opened).not.toHaveBeenCalled()
  })

  it('goes on with it at the next start: another account took its place', async () => {
    const session = await startedAs('wang')
    killed()
    answers([200, person('li')])
    void session.signIn('li', 'secret')
    await vi.waitFor(() => expect(hooks.left).toHaveBeenCalled())
    await startsWith()
    expect(hooks.opened.mock.calls).toEqual([[person('li'), undefined]])
  })

  it('does not clear an account that was signed in again since', async () => {
    const session = await startedAs('wang')
    killed()
    void session.signOut()
    await vi.waitFor(() => expect(hooks.left).toHaveBeenCalled())
    const device = await import('@/offline')
    expect(await device.accountsToWipe()).toEqual([{ id: 'wang', name: 'wang' }])
    await device.rememberAccount(person('wang'))
    expect(await device.accountsToWipe()).toEqual([])
  })
})

describe('signing in', () => {
  it('again as the same person ends the prompt and opens the account anew, so that it sends', async () => {
    const session = await startedAs('wang')
    answers(signedOut)
    await session.refresh()
    expect(session.expired.value).toBe(true)
    hooks.opened.mockClear()
    answers([200, person('wang')])
    await session.signIn('wang', 'secret')
    expect(session.expired.value).toBe(false)
    expect(hooks.opened).toHaveBeenCalledOnce()
    expect(hooks.left).not.toHaveBeenCalled()
  })

  it('as somebody else closes the former account first', async () => {
    const session = await startedAs('wang')
    answers([200, person('li')])
    await session.signIn('li', 'secret')
    expect(hooks.left).toHaveBeenCalledWith(person('wang'))
    expect(session.me.value?.id).toBe('li')
  })

  it('with a wrong password changes nothing', async () => {
    const session = await startedAs('wang')
    answers([401, { error: { code: 'sign_in_failed', message: '' } }])
    await expect(session.signIn('wang', 'wrong')).rejects.toMatchObject({ code: 'sign_in_failed' })
    expect([session.me.value?.id, session.expired.value]).toEqual(['wang', false])
  })
})

describe('signing out', () => {
  const done: [number, unknown] = [204, null]
  const asked = () => fetched.mock.calls.map(([path, options]) => `${options?.method ?? ''} ${String(path)}`)

  async function leftWithout(answer: () => void) {
    const session = await startedAs('wang')
    answer()
    await session.signOut()
    expect(session.signedIn.value).toBe(false)
    expect(hooks.left).toHaveBeenCalledWith(person('wang'))
    fetched.mockReset()
    hooks.opened.mockClear()
  }

  it('tells the server, and is over', async () => {
    await leftWithout(() => answers(done))
    const session = await restart()
    answers(signedOut)
    await session.startSession(hooks)
    expect(asked()).toEqual(['GET /api/v1/session'])
    expect(session.signedIn.value).toBe(false)
  })

  it.each([
    ['without a network', offline],
    ['where the server is down', () => answers([503, { error: { code: 'internal' } }])],
    ['behind a captive portal', () => answers([200, { portal: true }])],
    ['behind a captive portal with a page', () => fetched.mockResolvedValueOnce(new Response('<html>'))],
  ])('%s stays so: the next start ends the session and asks for nothing else', async (_where, failure) => {
    await leftWithout(failure)
    const session = await restart()
    answers(done)
    await session.startSession(hooks)
    await session.refresh()
    await vi.waitFor(() => expect(asked()).toEqual(['DELETE /api/v1/session']))
    expect([session.signedIn.value, hooks.opened.mock.calls.length]).toEqual([false, 0])
  })

  it('is told to the server when the network comes back, once', async () => {
    await leftWithout(offline)
    const page = new EventTarget()
    vi.stubGlobal('window', page)
    const session = await restart()
    offline()
    await session.startSession(hooks)
    await vi.waitFor(() => expect(asked()).toHaveLength(1))
    answers(done)
    page.dispatchEvent(new Event('online'))
    await vi.waitFor(() => expect(asked()).toHaveLength(2))
    await vi.waitFor(async () => expect(await (await import('@/offline')).isLeaving()).toBe(false))
    page.dispatchEvent(new Event('online'))
    answers(signedOut)
    await session.refresh()
    expect(asked().filter((each) => each.startsWith('DELETE'))).toHaveLength(2)
  })

  it('is over where the server says that there is no session', async () => {
    await leftWithout(() => answers(signedOut))
    expect(await (await import('@/offline')).isLeaving()).toBe(false)
  })

  it('ends with the next sign-in, whose session is not ended by mistake', async () => {
    await leftWithout(offline)
    const session = await restart()
    offline()
    answers([200, person('li')])
    await session.startSession(hooks)
    await session.signIn('li', 'secret')
    const next = await restart()
    answers([200, person('li')])
    await next.startSession(hooks)
    expect(next.me.value?.id).toBe('li')
    expect(asked()).toEqual([
      'DELETE /api/v1/session',
      'POST /api/v1/session',
      'GET /api/v1/session',
    ])
  })

  it('is not undone by an answer that was asked for before', async () => {
    const session = await startedAs('wang')
    let answer: (response: Response) => void = () => undefined
    fetched.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)))
    const asking = session.refresh()
    await vi.waitFor(() => expect(fetched).toHaveBeenCalledTimes(2))
    answers(done)
    await session.signOut()
    answer(new Response(JSON.stringify(person('wang')), { headers: { 'Content-Type': 'application/json' } }))
    await asking
    expect(session.signedIn.value).toBe(false)
  })
})

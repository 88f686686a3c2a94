// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Entry, Me } from '@/api/wire'
import { askForBackground, SEND_TAG, sendInBackground } from './background'
import { forgetAccount, leaveAccount, rememberAccount } from './device'
import { openUnasked } from './accountKey'
import { Door, html, json, ME, signedOut } from './door.test-data'
import { newOutboxEntry, UNDO_MS, type Stored } from './outbox'
import { deleteDatabase, openDatabase, type AccountDatabase } from './schema'
import { monotonicNow, send } from './sending'
import { addToOutbox, readOutbox } from './store'
import { keepView } from './views'

const SEALED: NonNullable<Stored['sealed']> = { v: 1, key: '0a', epk: 'point', iv: 'iv', box: 'box' }
let db: AccountDatabase
let door: Door
let made: number

beforeEach(async () => {
  made = 0
  door = new Door(() => Date.now())
  vi.stubGlobal('fetch', door.fetch)
  await rememberAccount({ id: ME, name: '林医生' } as Me)
  db = await openDatabase(ME)
})
afterEach(async () => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  db.close()
  await deleteDatabase(ME)
  await forgetAccount()
})

/** As a page leaves it: sealed, its content closed with a key that the worker has not. */
async function wait(values: Partial<Stored> = {}): Promise<string> {
  made += 1
  const now = Date.now()
  const said = { id: `e${made}`, kind: 'note', round_id: 'visit', at: new Date(now).toISOString(), elapsed_ms: 0 }
  const reading = { wall: now, mono: monotonicNow(), notBefore: null }
  const item = newOutboxEntry(ME, { ...said, payload: { text: '' } } as Entry, now - UNDO_MS, reading)
  await addToOutbox(db, [{ ...item, content: null, sealed: SEALED, ...values }])
  return said.id
}

const states = async () => (await readOutbox(db)).map(({ state, problem }) => problem ?? state)
const arrived = () => door.requests.flatMap(({ entries }) => entries.map(({ id }) => id))

describe('with the app closed', () => {
  it('sends what is sealed, in its order, and keeps what the server said', async () => {
    const ids = [await wait(), await wait(), await wait()]
    door.refuse.set('e2', 'void')
    await sendInBackground()
    expect(arrived()).toEqual(ids)
    expect(door.ledger.get('e1')).toEqual({ id: 'e1', kind: 'note', round_id: 'visit', sealed: SEALED })
    const [first, second, third] = await readOutbox(db)
    expect([first?.state, second?.state, third?.state]).toEqual(['stored', 'refused', 'stored'])
    expect(second?.answer?.code).toBe('void')
  })

  it('tells whom the account looked at', async () => {
    const told: unknown[] = []
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
      if (!url.endsWith('/residents/views')) return door.fetch(url, init)
      told.push(JSON.parse(String(init.body)))
      return Promise.resolve(new Response(null, { status: 204 }))
    })
    await keepView(db, 'wang', Date.parse('2026-11-22T08:10:00Z'))
    await sendInBackground()
    expect(told).toEqual([{ account_id: ME, views: [{ resident_id: 'wang', at: '2026-11-22T08:00:00.000Z' }] }])
  })

  it('leaves what is not sealed, and what follows it in its round, to its author', async () => {
    await wait({ sealed: null })
    await wait()
    await sendInBackground()
    expect(arrived()).toEqual([])
    expect(await states()).toEqual(['waiting', 'waiting'])
  })

  it('waits until nothing can be taken back any more', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'Date'], now: Date.now() })
    await wait({ undo_until: Date.now() + 4_000 })
    const sent = sendInBackground()
    await vi.waitUntil(() => vi.getTimerCount() > 0, { interval: 1 })
    expect(arrived()).toEqual([])
    vi.advanceTimersByTime(4_000)
    await sent
    expect(await states()).toEqual(['stored'])
  })

  it('sends nothing twice where a page is opened meanwhile', async () => {
    const ids = [await wait(), await wait()]
    const asPage = { heard: () => undefined, onChange: () => undefined, canSend: () => true }
    const teller = { isDue: () => false, note: () => undefined }
    const wireForm = ({ id, kind, round_id }: Stored) => Promise.resolve({ id, kind, round_id, sealed: SEALED })
    await Promise.all([sendInBackground(), send(db, ME, { ...asPage, teller, wireForm })])
    expect(arrived()).toEqual(ids)
    expect(await states()).toEqual(['stored', 'stored'])
  })

  it('goes on where it was ended in the middle of a send', async () => {
    await wait({ state: 'sending', frozen: true, attempts: 1 })
    await sendInBackground()
    expect(await states()).toEqual(['stored'])
  })
})

describe('with nobody to send for', () => {
  it.each([
    ['who signed out', leaveAccount],
    ['whose session was ended by somebody', forgetAccount],
  ])('nothing goes of one %s', async (_who, leave) => {
    await wait()
    await leave()
    await sendInBackground()
    expect([arrived(), await states()]).toEqual([[], ['waiting']])
  })

  it('nothing goes under the session of another account', async () => {
    door.session = 'zhou'
    await wait()
    await sendInBackground()
    expect([arrived(), await states()]).toEqual([[], ['other_account']])
  })

  it('it waits for a person where the session has ended', async () => {
    door.session = null
    await wait()
    await expect(sendInBackground()).resolves.toBeUndefined()
    expect([arrived(), await states()]).toEqual([[], ['signed_out']])
  })
})

it.each([
  ['no network', () => Promise.reject(new TypeError('failed')), 'network'],
  ['a captive portal', () => html(), 'foreign_answer'],
  ['a server that is down', () => html(502), 'server_down'],
])('%s asks the browser for another try', async (_name, answer, problem) => {
  await wait()
  door.plan = [answer]
  await expect(sendInBackground()).rejects.toThrow(problem)
  expect(await states()).toEqual([problem])
  await sendInBackground()
  expect(await states()).toEqual(['stored'])
})

it('a session that ends under the entries keeps them', async () => {
  await wait()
  door.plan = [signedOut]
  await sendInBackground()
  expect(await states()).toEqual(['signed_out'])
})

it('a session that was ended on purpose lets nothing open here without a password', async () => {
  expect(await openUnasked(db, Date.now())).not.toBeNull()
  await wait()
  door.plan = [signedOut]
  await sendInBackground()
  expect(await openUnasked(db, Date.now())).not.toBeNull()
  await wait()
  door.plan = [() => json({ error: { code: 'revoked' } }, 401)]
  await sendInBackground()
  expect(await openUnasked(db, Date.now())).toBeNull()
})

describe('asking the browser', () => {
  const register = vi.fn((_tag: string) => Promise.resolve())
  const browser = (sync?: object) =>
    vi.stubGlobal('navigator', { serviceWorker: { getRegistration: () => Promise.resolve({ sync }) } })

  beforeEach(() => register.mockReset().mockResolvedValue(undefined))

  it('is done while something waits', async () => {
    await wait()
    const waiting = await readOutbox(db)
    browser({ register })
    await askForBackground(waiting)
    await askForBackground(waiting.map((item) => ({ ...item, state: 'stored' as const })))
    expect(register.mock.calls).toEqual([[SEND_TAG]])
  })

  it.each([
    ['does not know it', undefined],
    ['was told not to', { register: () => Promise.reject(new DOMException('', 'NotAllowedError')) }],
  ])('is no failure where it %s', async (_how, sync) => {
    await wait()
    const waiting = await readOutbox(db)
    browser(sync)
    await expect(askForBackground(waiting)).resolves.toBeUndefined()
  })
})

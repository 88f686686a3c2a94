import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Entry, Kind, Payloads } from '@/api/wire'
import { uuid7Generator } from '@/rules/uuid7'
import { Door, html, json, ME, signedOut } from './door.test-data'
import { exclusively } from './exclusive'
import { keep, sealedForm } from './keeping'
import { newOutboxEntry, shownState, type OutboxEntry } from './outbox'
import { deleteDatabase, openDatabase, type AccountDatabase } from './schema'
import { sendWaiting, type SenderContext } from './sender'
import { addToOutbox, changeOutbox, dropDone, editWaiting, markPulled, readOutbox, wipe } from './store'
import { Teller } from './telling'
import { transport } from './transport'
import { glassVault } from './vault'

let now = Date.parse('2026-11-22T01:00:00.000Z')
let db: AccountDatabase
const newId = uuid7Generator({ now: () => now, random: (bytes) => bytes.fill(7) })

let door: Door
beforeEach(async () => {
  door = new Door(() => now)
  vi.stubGlobal('fetch', door.fetch)
  db = await openDatabase(ME)
})
afterEach(async () => {
  vi.unstubAllGlobals()
  db.close()
  await deleteDatabase(ME)
})

/** Nothing to say besides entries. */
const toldAll = new Teller()
toldAll.isDue = () => false

const send = (more: Partial<SenderContext> = {}) =>
  sendWaiting({
    db,
    account: ME,
    deviceId: 'phone',
    deviceName: 'Android Chrome',
    appVersion: '1.2.3',
    teller: toldAll,
    transport,
    canSend: () => true,
    wireForm: (item) =>
      Promise.resolve(
        sealedForm(item) ?? (item.content && 'plain' in item.content ? (item.content.plain as Entry) : null),
      ),
    now: () => now,
    monotonic: () => ({ opened: 0, since: now }),
    heard: () => undefined,
    exclusively: (task) => exclusively('send', task),
    onChange: () => undefined,
    ...more,
  })

async function put(
  values: Partial<OutboxEntry> = {},
  kind: Kind = 'note',
  round_id = 'visit',
): Promise<string> {
  const payload = { text: 'x' } as Payloads['note']
  const entry = {
    id: newId(),
    kind,
    round_id,
    at: '2026-11-22T01:00:00.000Z',
    elapsed_ms: 0,
    payload,
  } as Entry
  const item = { ...newOutboxEntry(ME, entry, now - 20_000), ...values }
  await addToOutbox(db, [await keep(item, { vault: glassVault, sealer: null })])
  return entry.id
}
const states = async () => (await readOutbox(db)).map((item) => item.state)
const sentIds = () => door.requests.map((request) => request.entries.map((entry) => entry.id))

describe('telling how the phone is', () => {
  it('happens once with nothing to send, and again when something waits, or after an hour', async () => {
    const teller = new Teller()
    await send({ teller })
    await send({ teller })
    expect(door.requests).toMatchObject([
      { entries: [], waiting: { count: 0, oldest_at: null }, app_version: '1.2.3', device_name: 'Android Chrome' },
    ])
    await put()
    await send({ teller, canSend: () => false })
    expect(door.requests.at(-1)).toMatchObject({
      entries: [],
      waiting: { count: 1, oldest_at: '2026-11-22T01:00:00.000Z' },
    })
    await send({ teller, canSend: () => false, now: () => now + 3_700_000 })
    expect(door.requests).toHaveLength(3)
  })
  it('goes with each request: what waits besides its entries, refused ones not among them', async () => {
    const refused = await put()
    door.refuse.set(refused, 'invalid')
    await put({}, 'note', 'other-visit')
    await put({ undo_until: now + 9_000 })
    const teller = new Teller()
    await send({ teller })
    expect(door.requests.map(({ entries, waiting }) => [entries.length, waiting?.count])).toEqual([[2, 1]])
    await send({ teller })
    expect(door.requests).toHaveLength(1)
  })
  it('is never done under the session of somebody else, nor without one', async () => {
    door.session = 'somebody else'
    expect(await send({ teller: new Teller() })).toEqual({ settled: 0, problem: 'other_account' })
    door.session = null
    expect(await send({ teller: new Teller() })).toEqual({ settled: 0, problem: 'signed_out' })
    expect(door.requests).toEqual([])
  })
})

describe('sending', () => {
  it('sends in the order made and keeps what was stored', async () => {
    const ids = [await put(), await put(), await put()]
    expect(await send()).toEqual({ settled: 3, problem: null })
    expect(sentIds()).toEqual([ids])
    expect(await states()).toEqual(['stored', 'stored', 'stored'])
    expect(door.requests[0]).toMatchObject({
      protocol: 1,
      device_id: 'phone',
      device_name: 'Android Chrome',
      sent_at: '2026-11-22T01:00:00.000Z',
    })
  })
  it('asks nobody when nothing waits', async () => {
    door.session = null
    expect(await send()).toEqual({ settled: 0, problem: null })
  })
  it('lets a refused neighbour take nobody along', async () => {
    const ids = [await put(), await put(), await put()]
    door.refuse.set(ids[1] ?? '', 'invalid')
    expect(await send()).toEqual({ settled: 3, problem: null })
    expect(await states()).toEqual(['stored', 'refused', 'stored'])
    expect((await readOutbox(db))[1]?.answer).toMatchObject({ code: 'invalid', message: 'invalid' })
  })
  it('matches answers by id, and waits where one is missing', async () => {
    const ids = [await put(), await put()]
    door.plan = [
      () =>
        json({
          protocol: 1,
          server_time: '',
          results: [{ id: ids[1], outcome: 'stored', code: null, message: null, fields: [], record: null }],
        }),
    ]
    expect(await send()).toEqual({ settled: 1, problem: 'busy' })
    expect(await states()).toEqual(['waiting', 'stored'])
  })
  it('waits for the colleague whose round somebody joined', async () => {
    const joined = await put({}, 'join')
    const note = await put()
    for (const id of [joined, note]) door.refuse.set(id, 'unknown_round')
    expect(await send()).toEqual({ settled: 0, problem: 'busy' })
    expect(await states()).toEqual(['waiting', 'waiting'])
    door.refuse.clear()
    await send()
    expect(await states()).toEqual(['stored', 'stored'])
  })
  it('tries again what was busy, and what depends on it', async () => {
    const checkIn = await put({}, 'check_in')
    const note = await put()
    door.busy.add(checkIn)
    door.refuse.set(note, 'unknown_round')
    expect(await send()).toEqual({ settled: 0, problem: 'busy' })
    expect(await states()).toEqual(['waiting', 'waiting'])
    door.busy.clear()
    door.refuse.clear()
    await send()
    expect(await states()).toEqual(['stored', 'stored'])
  })
})

describe('what is not our answer', () => {
  it.each([
    ['a portal: 200 with HTML', () => html(), 'foreign_answer'],
    ['200 without the envelope', () => json({ ok: true }), 'foreign_answer'],
    [
      '200 with an unknown outcome',
      () => json({ protocol: 1, results: [{ id: 'x', outcome: 'done' }] }),
      'foreign_answer',
    ],
    ['another protocol', () => json({ protocol: 2, results: [] }), 'foreign_answer'],
    ['401', signedOut, 'signed_out'],
    ['401 of somebody else', () => html(401), 'signed_out'],
    ['403', () => json({ error: { code: 'cross_site' } }, 403), 'forbidden'],
    ['500', () => json({ error: { code: 'internal' } }, 500), 'server_down'],
    ['502 of a proxy', () => html(502), 'server_down'],
    ['no network', () => Promise.reject(new TypeError('failed to fetch')), 'network'],
  ])('%s keeps every entry', async (_, answer, problem) => {
    await put()
    await put()
    door.plan = [answer]
    expect(await send()).toEqual({ settled: 0, problem })
    const items = await readOutbox(db)
    expect(items.map((item) => [item.state, item.problem, item.frozen])).toEqual([
      ['waiting', problem, true],
      ['waiting', problem, true],
    ])
    await send()
    expect(await states()).toEqual(['stored', 'stored'])
  })
  it('sends the very same content after a lost reply and takes the duplicate for stored', async () => {
    await put()
    door.plan = [
      (answer) => {
        answer()
        return Promise.reject(new TypeError('connection reset'))
      },
    ]
    expect((await send()).problem).toBe('network')
    expect(await send()).toEqual({ settled: 1, problem: null })
    expect(door.requests[0]?.entries).toEqual(door.requests[1]?.entries)
    expect(await states()).toEqual(['stored'])
  })
  it.each([
    ['who is signed in', '/session'],
    ['the entries', '/sync'],
  ])('after asking %s comes to an end, and the next sender has its turn', async (_what, path) => {
    const ids = [await put(), await put()]
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const hanging = vi.fn((_url: string, { signal }: RequestInit) => {
      return new Promise<Response>((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
      })
    })
    vi.stubGlobal('fetch', (url: string, init: RequestInit) =>
      url.endsWith(path) && !hanging.mock.calls.length ? hanging(url, init) : door.fetch(url, init),
    )
    const [first, second] = [send(), send()]
    await vi.waitUntil(() => hanging.mock.calls.length, { interval: 1 })
    await vi.advanceTimersByTimeAsync(90_000)
    expect(await first).toEqual({ settled: 0, problem: 'network' })
    expect(await second).toEqual({ settled: 2, problem: null })
    expect(sentIds()).toEqual([ids])
    vi.useRealTimers()
  })
  it('halves a batch that is too large, and parks one entry that alone is', async () => {
    const ids = [await put(), await put(), await put(), await put(), await put()]
    const tooLarge = () => html(413)
    door.plan = [tooLarge, tooLarge]
    await send()
    expect(sentIds().map((batch) => batch.length)).toEqual([1, 1, 1, 1, 1])
    expect(sentIds().flat()).toEqual(ids)
    const alone = await put()
    door.plan = [() => json({ error: { code: 'too_large' } }, 413)]
    await send()
    expect((await readOutbox(db)).find((item) => item.id === alone)).toMatchObject({
      state: 'refused',
      answer: { code: 'too_large' },
    })
  })
  it('sends at most a hundred at once, so that one sees the count go down', async () => {
    for (let count = 0; count < 201; count++) await put()
    await send()
    expect(sentIds().map((batch) => batch.length)).toEqual([100, 100, 1])
  })
})

describe('whose entries', () => {
  it('never sends under the session of somebody else', async () => {
    await put()
    door.session = 'nurse'
    expect(await send()).toEqual({ settled: 0, problem: 'other_account' })
    expect(door.requests).toEqual([])
    expect((await readOutbox(db))[0]).toMatchObject({ state: 'waiting', frozen: false })
  })
  it('never sends an entry of another account', async () => {
    await put({ account: 'nurse' })
    await send()
    expect(door.requests).toEqual([])
  })
  it('asks again who is signed in before it sends plain what the server could not open', async () => {
    const [checkIn, note] = [await put({}, 'check_in'), await put()]
    const sealed = { v: 1, key: '', epk: '', iv: '', box: '' } as const
    await changeOutbox(db, (item) => ({ ...item, sealed }), new Set([checkIn]))
    door.refuse.set(checkIn, 'unreadable_seal').set(note, 'unknown_round')
    door.plan = [
      (answer) => {
        const reply = answer()
        door.refuse.clear()
        door.session = 'nurse'
        return reply
      },
    ]
    expect(await send()).toEqual({ settled: 0, problem: 'busy' })
    expect((await send()).problem).toBe('other_account')
    expect(sentIds()).toEqual([[checkIn, note]])
    door.session = ME
    expect(await send()).toEqual({ settled: 2, problem: null })
    expect(door.requests.at(-1)?.entries[0]).toMatchObject({ id: checkIn, payload: { text: 'x' } })
  })
})

describe('two tabs', () => {
  it('send each entry once', async () => {
    for (let count = 0; count < 10; count++) await put()
    const other = await openDatabase(ME)
    await Promise.all([send(), send({ db: other }), send()])
    other.close()
    expect(sentIds().flat()).toHaveLength(10)
    expect(new Set(sentIds().flat()).size).toBe(10)
  })
  it('go on after one that died while sending', async () => {
    await put({ state: 'sending', frozen: true, attempts: 1 })
    await send()
    expect(await states()).toEqual(['stored'])
  })
})

describe('taking back', () => {
  it('is possible until the first try, and holds back what follows in its round', async () => {
    const first = await put({ undo_until: now + 5_000 })
    const second = await put()
    const elsewhere = await put({}, 'note', 'other-visit')
    await send()
    expect(sentIds()).toEqual([[elsewhere]])
    now += 6_000
    await send()
    expect(sentIds()[1]).toEqual([first, second])
  })
  it('removes what was never tried, and nothing else', async () => {
    const first = await put({ undo_until: now + 5_000 })
    expect(await editWaiting(db, first, () => null)).toBe(true)
    const second = await put()
    door.plan = [() => html(502)]
    await send()
    expect(await editWaiting(db, second, () => null)).toBe(false)
    expect(await editWaiting(db, 'unknown', () => null)).toBe(false)
    expect(await states()).toEqual(['waiting'])
  })
  it('does not wait for hours when the clock was set back', async () => {
    await put({ undo_until: now + 3_600_000 })
    const [item] = await readOutbox(db)
    expect(item && shownState(item, now)).toBe('waiting')
    await send()
    expect(await states()).toEqual(['stored'])
  })
})

describe('what leaves the phone', () => {
  it('goes a day after it was stored and shown by a pull that began later', async () => {
    await put()
    await send()
    await markPulled(db, now - 1, now)
    expect((await readOutbox(db))[0]?.reflected).toBe(false)
    await markPulled(db, now, now)
    expect((await readOutbox(db))[0]?.reflected).toBe(true)
    await dropDone(db, now + 3_600_000)
    expect(await states()).toEqual(['stored'])
    await dropDone(db, now + 25 * 3_600_000)
    expect(await states()).toEqual([])
  })
  it('never goes while it waits or is refused', async () => {
    const ids = [await put(), await put()]
    await changeOutbox(db, (item) => ({ ...item, state: 'refused' as const }), new Set(ids.slice(1)))
    await dropDone(db, now + 1e12)
    expect(await states()).toEqual(['waiting', 'refused'])
  })
  it('survives sign-out until it has arrived', async () => {
    await put()
    await db.put('drafts', { key: 'k', round_id: 'visit', content: { plain: {} }, saved_at: 0 })
    expect(await wipe(db)).toBe(false)
    expect(await states()).toEqual(['waiting'])
    expect(await db.count('drafts')).toBe(0)
    await send()
    expect(await wipe(db)).toBe(true)
    expect(await states()).toEqual([])
  })
})

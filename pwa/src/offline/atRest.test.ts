// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { openDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Entry, Reference, Result, SealedEntry, SyncRequest } from '@/api/wire'
import { resident } from '@/rules/examples.test-data'
import sealed from '../../../tests/golden/sealing/sealed-by-python.json'
import { entriesFile } from './entriesFile'
import { IDLE_MS } from './idle'
import {
  closeAndWipe,
  enqueue,
  leftBehind,
  lock,
  openFor,
  readDraft,
  saveDraft,
  startRound,
  syncNow,
  useLock,
  useOutbox,
  useWorkingSet,
} from './index'
import { readPage } from './mini.test-data'
import { openDatabase } from './schema'
import { readOutbox } from './store'

const NAME = '陈桂兰'
const READING = 'sbp-reading-136'
const lin = { id: '0192f0c1-0000-7000-8000-00000000a001', name: '林医生' }
const PASSWORD = 'correct horse'
const reference = {
  version: '1',
  services: [],
  categories: [],
  forms: [],
  keys: [],
  sealing: { id: sealed.server.id, jwk: sealed.server.jwk },
  reasons: { manual_check_in: [], amend: [], void: [], dispute: [] },
} as unknown as Reference
const CHECK_IN = {
  institution_id: 'h1',
  method: 'manual' as const,
  token: null,
  short_code: null,
  reason: 'poster_missing',
  reason_text: null,
  position: null,
  position_problem: 'denied' as const,
}
const NOTE_DRAFT = { roundId: 'visit', service: 'note', subject: null, mode: 'note' as const, target: null }

let session: string | null
let reachable: boolean
let sent: (Entry | SealedEntry)[]

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })

function answer(url: string, init: RequestInit): Response {
  if (!session) return json({ error: { code: 'signed_out' } }, 401)
  if (url.endsWith('/session')) return json({ id: session, memberships: [], permissions: [] })
  if (init.method === 'POST') return take(JSON.parse(String(init.body)) as SyncRequest)
  const page = { ...readPage('h1'), server_time: new Date().toISOString(), cursor: 'c', reference }
  return json({ ...page, residents: [resident({ id: 'r1', institution_id: 'h1', name: NAME })] })
}

function take({ entries }: SyncRequest): Response {
  sent.push(...entries)
  const results = entries.map(({ id }): Result => ({
    id,
    outcome: 'stored',
    code: null,
    message: null,
    fields: [],
    record: null,
  }))
  return json({ protocol: 1, server_time: '', results })
}

// A password is stretched for as long as it takes a thief.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  session = lin.id
  reachable = true
  sent = []
  vi.stubGlobal('fetch', (url: string, init: RequestInit) =>
    reachable ? Promise.resolve(answer(url, init)) : Promise.reject(new TypeError('offline')),
  )
})
afterEach(async () => {
  vi.useRealTimers()
  await closeAndWipe()
  vi.unstubAllGlobals()
})

/** Everything in every database of the phone, as text; bytes as the letters they could be read as. */
async function dump(): Promise<string> {
  const texts: string[] = []
  for (const { name = '' } of await indexedDB.databases()) {
    const db = await openDB(name)
    for (const store of db.objectStoreNames) {
      const [keys, values] = [await db.getAllKeys(store), await db.getAll(store)]
      texts.push(JSON.stringify([name, store, keys, values], legible))
    }
    db.close()
  }
  return texts.join('\n')
}

function legible(_key: string, value: unknown): unknown {
  if (value instanceof ArrayBuffer) return new TextDecoder().decode(value)
  if (ArrayBuffer.isView(value)) return new TextDecoder().decode(value)
  return value
}

const { residents } = useWorkingSet()
const { entries, kept, unsettled } = useOutbox()
const { locked, unlock, wraps } = useLock()
const names = () => residents.value.map(({ name }) => name)

async function workOffline(): Promise<string> {
  await openFor(lin, PASSWORD)
  await syncNow()
  expect(names()).toEqual([NAME])
  reachable = false
  const round = await startRound(CHECK_IN)
  await enqueue('note', round, { text: `${NAME} ${READING}` })
  await saveDraft(NOTE_DRAFT, { text: `${NAME} ${READING}` })
  return round
}

/** A page with one resident, named by the cursor it is asked with; three follow each other. */
function pageAfter(cursor: string): Response {
  const page = { ...readPage(''), server_time: '', cursor: `${cursor}+`, reference: null, more: cursor.length < 3 }
  return json({ ...page, residents: [resident({ id: cursor, institution_id: 'h1', name: cursor })] })
}

it('loses no page when it is locked and opened again while pages come', async () => {
  await openFor(lin, PASSWORD)
  await syncNow()
  const meanwhile = new Map<string, () => Promise<unknown>>([
    ['c+', lock],
    ['c++', () => unlock(PASSWORD)],
  ])
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const cursor = new URL(url, 'http://phone').searchParams.get('cursor')
    if (!cursor || init.method === 'POST') return answer(url, init)
    const act = meanwhile.get(cursor)
    meanwhile.delete(cursor)
    await act?.()
    return pageAfter(cursor)
  })
  await syncNow()
  await syncNow()
  expect(names()).toEqual(expect.arrayContaining([NAME, 'c', 'c+', 'c++']))
})

describe('what lies on the phone', () => {
  it('is unreadable while it is in use, and read by its author', async () => {
    await workOffline()
    const all = await dump()
    expect(all).toContain(lin.id)
    expect(all).not.toContain(NAME)
    expect(all).not.toContain(READING)
    expect(entries.value.map(({ kind }) => kind)).toEqual(['check_in', 'note'])
    expect(await readDraft(NOTE_DRAFT)).toEqual({ text: `${NAME} ${READING}` })
  })

  it('opens again without typing after the app was killed, within the idle time', async () => {
    await workOffline()
    await openFor({ id: 'other', name: '' })
    await openFor(lin)
    expect([locked.value, names(), entries.value.length]).toEqual([false, [NAME], 2])
  })

  it('is locked when the app was killed and nobody used it for half an hour', async () => {
    await workOffline()
    await openFor({ id: 'other', name: '' })
    vi.useFakeTimers({ now: Date.now() + IDLE_MS + 1000, toFake: ['Date'] })
    await openFor(lin)
    expect([locked.value, names(), entries.value.length, unsettled.value]).toEqual([true, [], 0, 2])
    expect(await unlock('wrong horse')).toBe(false)
    expect(await unlock(PASSWORD)).toBe(true)
    expect([locked.value, names(), entries.value.length]).toEqual([false, [NAME], 2])
  })
})

describe('locking', () => {
  it('hides everything, sends what waits, and opens with the password alone', async () => {
    const round = await workOffline()
    await lock()
    expect([locked.value, names(), entries.value.length, unsettled.value]).toEqual([true, [], 0, 2])
    await expect(enqueue('note', round, { text: 'x' })).rejects.toThrow('locked')
    reachable = true
    await syncNow()
    expect(sent.map((entry) => 'sealed' in entry && [entry.kind, entry.round_id])).toEqual([
      ['check_in', round],
      ['note', round],
    ])
    expect([unsettled.value, JSON.stringify(sent).includes(READING)]).toEqual([0, false])
    expect(await unlock(PASSWORD)).toBe(true)
    expect([names(), await readDraft(NOTE_DRAFT)]).toEqual([[NAME], { text: `${NAME} ${READING}` }])
  })

  it('is heard by the other tabs', async () => {
    await workOffline()
    const heard: unknown[] = []
    const other = new BroadcastChannel(`xunyue-${lin.id}`)
    other.onmessage = (event) => heard.push(event.data)
    await lock()
    await vi.waitFor(() => expect(heard).toContain('locked'))
    await unlock(PASSWORD)
    await vi.waitFor(() => expect(heard).toContain('unlocked'))
    other.postMessage('locked')
    await vi.waitFor(() => expect([locked.value, names()]).toEqual([true, []]))
    other.close()
  })

  it('goes on with a new password that the server took, and loses nothing', async () => {
    await workOffline()
    await openFor(lin, 'new horse')
    expect([names(), entries.value.length]).toEqual([[NAME], 2])
    await lock()
    expect(await unlock(PASSWORD)).toBe(false)
    await openFor(lin, 'newer horse')
    expect([locked.value, names(), entries.value.length, kept.value.length]).toEqual([false, [], 0, 2])
    reachable = true
    await syncNow()
    expect([names(), unsettled.value, sent.length]).toEqual([[NAME], 0, 2])
  })
})

describe('leaving', () => {
  it('leaves nothing but sealed entries, says so, and sends them after the return', async () => {
    const round = await workOffline()
    await closeAndWipe()
    const all = await dump()
    expect(all).not.toContain(NAME)
    expect(all).not.toContain(READING)
    expect(all).not.toContain('"wraps"')
    expect(await leftBehind()).toMatchObject([{ account_id: lin.id, name: lin.name, unsent: 2 }])
    reachable = true
    await openFor(lin, PASSWORD)
    await syncNow()
    expect(sent.map(({ round_id }) => round_id)).toEqual([round, round])
    expect([unsettled.value, await leftBehind()]).toEqual([0, []])
  })

  it('is left with a file that names the author and is sealed', async () => {
    await workOffline()
    await closeAndWipe()
    const db = await openDatabase(lin.id)
    const file = await entriesFile({ ...lin, offset_ms: 1500.4 }, await readOutbox(db), Date.now())
    db.close()
    expect(file).toMatchObject({
      format: 'xunyue-entries',
      version: 1,
      account_id: lin.id,
      account_name: lin.name,
      offset_ms: 1500,
    })
    expect(file.entries.map(({ kind }) => kind)).toEqual(['check_in', 'note'])
    expect(JSON.stringify(file)).not.toContain(READING)
  })
})

describe('a phone of the first schema', () => {
  const note = {
    id: '0192f0c1-0000-7000-8000-000000000001',
    kind: 'note',
    round_id: 'visit',
    at: '2026-11-22T01:00:00.000Z',
    elapsed_ms: 0,
    payload: { text: READING },
  }

  async function firstSchema(): Promise<void> {
    const db = await openDB(`xunyue-${lin.id}`, 1, {
      upgrade(made) {
        for (const store of ['institutions', 'residents', 'owed', 'rounds', 'lines', 'outbox'])
          made.createObjectStore(store, { keyPath: 'id' })
        made.createObjectStore('drafts', { keyPath: 'key' }).createIndex('round_id', 'round_id')
        made.createObjectStore('clocks', { keyPath: 'round_id' })
        made.createObjectStore('meta')
      },
    })
    const common = { account: lin.id, undo_until: 0, attempts: 1, problem: 'network', answer: null }
    await db.put('outbox', { id: note.id, entry: note, state: 'waiting', frozen: true, reflected: false, handled: null, ...common })
    await db.put('residents', resident({ id: 'r1', institution_id: 'h1', name: NAME }))
    await db.put('drafts', { key: 'visit|note||note|', round_id: 'visit', typed: { text: NAME }, saved_at: 1 })
    await db.put('meta', { ...reference, sealing: undefined }, 'reference')
    await db.put('meta', 'c', 'cursor')
    db.close()
  }

  it('keeps what it had, encrypted, without a network and without asking', async () => {
    await firstSchema()
    reachable = false
    await openFor(lin)
    expect([locked.value, names(), entries.value.map(({ entry }) => entry)]).toEqual([false, [NAME], [note]])
    expect(await readDraft(NOTE_DRAFT)).toEqual({ text: NAME })
    const all = await dump()
    expect([all.includes(NAME), all.includes(READING), wraps.value]).toEqual([false, false, []])
  })

  it('is not locked before what waits is safe, and is then', async () => {
    await firstSchema()
    reachable = false
    await openFor(lin)
    await lock()
    expect([locked.value, unsettled.value]).toEqual([false, 1])
    reachable = true
    session = null
    await syncNow()
    session = lin.id
    await openFor(lin, PASSWORD)
    await syncNow()
    expect(sent).toEqual([note])
    await lock()
    expect(locked.value).toBe(true)
  })
})

describe('without WebCrypto', () => {
  it('rows stay in memory, entries are kept plainly and arrive', async () => {
    const subtle = vi.spyOn(crypto, 'subtle', 'get').mockReturnValue(undefined as unknown as SubtleCrypto)
    await openFor(lin, PASSWORD)
    await syncNow()
    expect([names(), useLock().encrypts.value]).toEqual([[NAME], false])
    reachable = false
    await startRound(CHECK_IN)
    await openFor({ id: 'other', name: '' })
    await openFor(lin)
    expect([names(), entries.value.length, await dump()]).toEqual([[], 1, expect.not.stringContaining(NAME)])
    reachable = true
    await syncNow()
    expect([sent.length, names()]).toEqual([1, [NAME]])
    subtle.mockRestore()
  })
})

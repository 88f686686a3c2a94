// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import type { Entry, Reference, Result, SyncRequest } from '@/api/wire'
import {
  closeAndWipe,
  enqueue,
  noteView,
  openFor,
  readDraft,
  saveDraft,
  signOutCheck,
  startRound,
  syncNow,
  tellLastViews,
  useConnection,
  useHolding,
  useOutbox,
  useWorkingSet,
} from './index'
import { readPage } from './mini.test-data'

const reference: Reference = {
  version: '1',
  services: [],
  categories: [],
  forms: [],
  keys: [],
  reasons: { manual_check_in: [], amend: [], void: [], dispute: [], late_entry: [], uphold: [] },
}
const lin = { id: 'lin', name: '林医生' }
const zhou = { id: 'zhou', name: '周护士' }
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

const pressureOf = (roundId: string, subject: string | null) => ({
  roundId,
  service: 'blood_pressure',
  subject,
  mode: 'new' as const,
  target: null,
})

let session: string | null
let reachable: boolean
let sent: SyncRequest[]
/** Page words by cursor; no cursor is the first pull. */
let pages: Record<string, string>
let asked: string[]
/** The server's rows by institution; more than `LIMIT` are too many. */
let sizes: Record<string, number>
let only: (string | null)[]
const LIMIT = 100

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })

function answer(url: string, init: RequestInit): Response {
  if (!session) return json({ error: { code: 'signed_out' } }, 401)
  if (url.endsWith('/session')) return json({ id: session, memberships: [], permissions: [] })
  if (init.method === 'POST') return take(JSON.parse(String(init.body)) as SyncRequest)
  const query = new URL(url, 'http://phone').searchParams
  const cursor = query.get('cursor') ?? ''
  const tooMany = tooManyOf(query.get('institutions'))
  if (tooMany) return json({ error: { code: 'too_many_rows', details: tooMany } }, 422)
  asked.push(cursor)
  const given = {
    ...readPage(pages[cursor] ?? ''),
    server_time: new Date().toISOString(),
    cursor: `${cursor}+`,
  }
  return json({
    ...given,
    reference: cursor === '' ? reference : null,
    more: pages[`${cursor}+`] !== undefined,
  })
}

function tooManyOf(chosen: string | null) {
  only.push(chosen)
  const institutions = Object.entries(sizes)
    .filter(([id]) => chosen?.split(',').includes(id) ?? true)
    .map(([id, rows]) => ({ id, name: id, rows }))
  const rows = institutions.reduce((sum, each) => sum + each.rows, 0)
  return rows > LIMIT ? { limit: LIMIT, rows, institutions } : null
}

function take(request: SyncRequest): Response {
  sent.push(request)
  const results = request.entries.map((entry): Result => ({
    id: entry.id,
    outcome: 'stored',
    code: null,
    message: null,
    fields: [],
    record: null,
  }))
  return json({ protocol: 1, server_time: '', results })
}

beforeEach(() => {
  session = 'lin'
  reachable = true
  sent = []
  asked = []
  sizes = {}
  only = []
  pages = { '': 'h1 r1=兰@h1', '+': 'r2=桂@h1' }
  vi.stubGlobal('fetch', (url: string, init: RequestInit) =>
    reachable ? Promise.resolve(answer(url, init)) : Promise.reject(new TypeError('offline')),
  )
})
afterEach(async () => {
  for (const who of [lin, zhou]) {
    session = who.id
    reachable = true
    await openFor(who)
    await syncNow()
    await closeAndWipe()
  }
  vi.unstubAllGlobals()
})

const { ready, residents, rounds } = useWorkingSet()
const { entries, unsettled } = useOutbox()
const names = () => residents.value.map((each) => each.name).sort()

describe('an account on this phone', () => {
  it('is ready when every page was kept', async () => {
    await openFor(lin)
    expect(ready.value).toBe(false)
    await syncNow()
    expect(asked.slice(0, 2)).toEqual(['', '+'])
    expect([ready.value, names()]).toEqual([true, ['兰', '桂']])
  })
  it('keeps what is made without a network, shows it, and sends it later', async () => {
    await openFor(lin)
    await syncNow()
    reachable = false
    const roundId = await startRound(CHECK_IN)
    await enqueue('check_out', roundId, { position: null, position_problem: 'denied', note: null })
    await syncNow()
    expect(useConnection().state.value).toBe('network')
    expect(unsettled.value).toBe(2)
    expect(rounds.value).toMatchObject([{ id: roundId, status: 'closed', clinician: lin, local: 'waiting' }])
    reachable = true
    await syncNow()
    expect(sent.flatMap((request) => request.entries.map((entry) => entry.kind))).toEqual([
      'check_in',
      'check_out',
    ])
    expect(entries.value.map((item) => item.state)).toEqual(['stored', 'stored'])
    const elapsed = sent.flatMap(({ entries: made }) => made.map((entry) => (entry as Entry).elapsed_ms))
    expect(elapsed[0]).toBe(0)
    expect(elapsed[1]).toBeGreaterThanOrEqual(0)
  })
  it('finds everything again after the app was closed', async () => {
    await openFor(lin)
    await syncNow()
    reachable = false
    const roundId = await startRound(CHECK_IN)
    await saveDraft(pressureOf(roundId, 'r1'), { typed: { sbp: '13' }, confirmed: [] })
    session = 'zhou'
    await openFor(zhou)
    expect([unsettled.value, names()]).toEqual([0, []])
    await openFor(lin)
    expect([unsettled.value, names(), rounds.value[0]?.id]).toEqual([1, ['兰', '桂'], roundId])
    expect(await readDraft(pressureOf(roundId, 'r1'))).toEqual({ typed: { sbp: '13' }, confirmed: [] })
  })
  it('shows nobody what a sync of the account before brings late', async () => {
    await openFor(lin)
    session = 'zhou'
    pages = { '': 'h2 r9=别人@h2' }
    await openFor(zhou)
    await syncNow()
    expect(names()).toEqual(['别人'])
  })
  it('never sends for somebody else', async () => {
    await openFor(lin)
    await syncNow()
    session = 'zhou'
    await startRound(CHECK_IN)
    await syncNow()
    expect([sent.flatMap(({ entries }) => entries), useConnection().state.value]).toEqual([[], 'other_account'])
  })
  it('makes a replacement of the moment of what it replaces', async () => {
    await openFor(lin)
    await syncNow()
    const roundId = await startRound(CHECK_IN)
    const made = { at: '2026-11-22T01:02:03.000Z', elapsed_ms: 5000 }
    await enqueue('check_out', roundId, { position: null, position_problem: 'denied', note: null }, made)
    await syncNow()
    expect(
      sent.flatMap((request) => request.entries).find((entry) => entry.kind === 'check_out'),
    ).toMatchObject(made)
  })
  it('asks quietly for a sign-in and goes on after it', async () => {
    await openFor(lin)
    await syncNow()
    session = null
    await startRound(CHECK_IN)
    await syncNow()
    expect([useConnection().state.value, unsettled.value]).toEqual(['signed_out', 1])
    session = 'lin'
    await openFor(lin)
    await syncNow()
    expect([useConnection().state.value, unsettled.value]).toEqual(['idle', 0])
  })
})

describe('more than the phone can hold', () => {
  const { chosen, tooMany, look, choose } = useHolding()

  it('asks for a choice, keeps it through sign-out, and can be changed', async () => {
    sizes = { h1: 70, h2: 60 }
    await openFor(lin)
    await syncNow()
    expect([tooMany.value, ready.value, useConnection().state.value]).toEqual([true, false, 'too_many_rows'])
    const institutions = [
      { id: 'h1', name: 'h1', rows: 70 },
      { id: 'h2', name: 'h2', rows: 60 },
    ]
    expect(await look()).toEqual({ ok: true, sizes: { limit: LIMIT, rows: 130, institutions } })
    await choose(ref(['h1']).value)
    expect([tooMany.value, chosen.value, names(), only.at(-1)]).toEqual([false, ['h1'], ['兰', '桂'], 'h1'])
    await closeAndWipe()
    await openFor(lin)
    await syncNow()
    expect([chosen.value, only.at(-1)]).toEqual([['h1'], 'h1'])
    sizes = { h1: 7 }
    expect(await look()).toEqual({ ok: true, sizes: 'fits' })
    await choose(null)
    expect([chosen.value, only.at(-1)]).toEqual([null, null])
  })
  it('still sends what was made', async () => {
    await openFor(lin)
    await syncNow()
    sizes = { h1: 70, h2: 60 }
    const roundId = await startRound(CHECK_IN)
    await syncNow()
    expect(sent.flatMap(({ entries }) => entries.map(({ round_id }) => round_id))).toEqual([roundId])
    expect(names()).toEqual(['兰', '桂'])
  })
  it('cannot be looked at without a network, which changes nothing', async () => {
    await openFor(lin)
    await syncNow()
    reachable = false
    expect(await look()).toEqual({ ok: false, problem: 'network' })
    expect(names()).toEqual(['兰', '桂'])
  })
})

describe('signing out', () => {
  it('announces what has not arrived and keeps it for the return of its author', async () => {
    await openFor(lin)
    await syncNow()
    reachable = false
    const roundId = await startRound(CHECK_IN)
    await saveDraft(pressureOf(roundId, null), {})
    expect(await signOutCheck()).toEqual({ unsent: 1, drafts: 1 })
    await closeAndWipe()
    expect([ready.value, names(), entries.value]).toEqual([false, [], []])
    reachable = true
    await openFor(lin)
    await syncNow()
    expect(sent.flatMap((request) => request.entries.map((entry) => entry.round_id))).toEqual([roundId])
    expect(names()).toEqual(['兰', '桂'])
  })
  it('does not wait for a network that hangs while it is told whom they looked at', async () => {
    await openFor(lin)
    await syncNow()
    await noteView('r1')
    let fail: (() => void) | undefined
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
      if (!url.endsWith('/residents/views')) return Promise.resolve(answer(url, init))
      if (fail) return Promise.resolve(new Response(null, { status: 204 }))
      return new Promise((_resolve, reject) => (fail = () => reject(new TypeError('offline'))))
    })
    void syncNow()
    await vi.waitUntil(() => fail, { interval: 1 })
    await closeAndWipe()
    expect(names()).toEqual([])
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const left = tellLastViews(lin.id)
    await vi.waitUntil(() => vi.getTimerCount(), { interval: 1 })
    await vi.advanceTimersByTimeAsync(4_000)
    await left
    vi.useRealTimers()
    fail?.()
  })
})

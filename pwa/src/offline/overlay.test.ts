import { describe, expect, it } from 'vitest'
import type { Entry, EntryOf, Kind, Payloads, Reference } from '@/api/wire'
import { institution, line, owed, resident, round } from '@/rules/examples.test-data'
import type { Form } from '@/rules/facts'
import { newOutboxEntry, startSending, type OutboxEntry } from './outbox'
import { overlay } from './overlay'
import { nothingHeld, type Held } from './reconcile'

const forms = Object.values(
  import.meta.glob<Form>('../../../server/catalogue/data/forms/*.json', { eager: true, import: 'default' }),
)
const reference: Reference = {
  version: '1',
  services: [
    {
      code: 'blood_pressure',
      name_zh: '',
      name_en: '',
      category: '',
      recipient: 'resident',
      form: 'vital_bp',
    },
    {
      code: 'health_education_lecture',
      name_zh: '',
      name_en: '',
      category: '',
      recipient: 'institution',
      form: 'group_session',
    },
  ],
  categories: [],
  forms,
  keys: [],
  reasons: { manual_check_in: [], amend: [], void: [], dispute: [], late_entry: [], uphold: [] },
}
const NOW = Date.parse('2026-11-22T02:00:00.000Z')
const bp = owed({ id: 'bp', subject_id: 'lan' })
const base: Held = {
  ...nothingHeld(),
  institutions: new Map([['home', institution()]]),
  residents: new Map([['lan', resident()]]),
  owed: new Map([
    ['bp', bp],
    ['visit', owed({ id: 'visit', commitment_id: 'rounds', services: ['round'] })],
  ]),
}
let made = 0
function item<K extends Kind>(
  kind: K,
  payload: Payloads[K],
  more: Partial<OutboxEntry> = {},
  id = `e${String(++made).padStart(3, '0')}`,
): OutboxEntry {
  const entry: EntryOf<K> = {
    id,
    kind,
    round_id: 'visit-1',
    at: '2026-11-22T01:00:00.000Z',
    elapsed_ms: 0,
    payload,
  }
  return { ...newOutboxEntry('doctor', entry as Entry, NOW - 20_000), ...more }
}
const checkIn = (more: Partial<OutboxEntry> = {}) =>
  item(
    'check_in',
    {
      institution_id: 'home',
      method: 'poster',
      token: 't',
      short_code: null,
      reason: null,
      reason_text: null,
      position: { latitude: 30, longitude: 120, accuracy_m: 20, datum: 'WGS-84' },
      position_problem: null,
    },
    more,
    'e000',
  )
const measured = (form: Record<string, unknown>, more: Partial<OutboxEntry> = {}, id?: string) =>
  item(
    'record',
    { service: 'blood_pressure', subject_id: 'lan', outcome: 'done', form, form_version: 1, unusual: [] },
    more,
    id,
  )
const show = (items: OutboxEntry[], held = base) =>
  overlay(held, items, { id: 'doctor', name: '林医生' }, reference, NOW)

describe('a round that has not been sent', () => {
  it('is open, graded as the phone sees it, and its visit is a line that counts', () => {
    const set = show([checkIn()])
    expect(set.rounds).toMatchObject([
      {
        id: 'visit-1',
        status: 'open',
        on: '2026-11-22',
        grade: 'C',
        local: 'waiting',
        clinician: { name: '林医生' },
      },
    ])
    expect(set.lines).toMatchObject([{ id: 'visit-1', service: 'round', state: 'pending', local: 'waiting' }])
    expect(set.owed.find((row) => row.id === 'visit')).toMatchObject({
      reported: 1,
      need: 0,
      last_counted_on: '2026-11-22',
    })
    expect(set.institutions[0]?.last_round_on).toBe('2026-11-22')
  })
  it('belongs to the day of the institution', () => {
    const late = checkIn()
    const at = '2026-11-21T17:00:00.000Z'
    expect(show([{ ...late, entry: { ...late.entry, at } }]).rounds[0]?.on).toBe('2026-11-22')
  })
  it('closes with the note and the minutes of the monotonic clock', () => {
    const note = item('note', { text: '已告知护理员' })
    const out = item('check_out', { position: null, position_problem: 'denied', note: '下周复测' })
    const entry = { ...out.entry, elapsed_ms: 45 * 60_000 }
    expect(show([checkIn(), note, { ...out, entry }]).rounds[0]).toMatchObject({
      status: 'closed',
      minutes: 45,
      note: '已告知护理员\n下周复测',
    })
  })
  it('stays visible when it was refused, and counts nowhere', () => {
    const set = show([checkIn({ state: 'refused' })])
    expect(set.rounds[0]?.local).toBe('refused')
    expect(set.owed.find((row) => row.id === 'visit')?.need).toBe(1)
  })
})

describe('a record that has not been sent', () => {
  it('is a line, lowers what is owed and becomes the last reading', () => {
    const set = show([checkIn(), measured({ sbp: 186, dbp: 112 })])
    expect(set.lines[1]).toMatchObject({
      subject_name: 'Wang Lan',
      urgent: ['sbp_urgent', 'dbp_urgent'],
      version: 1,
      local: 'waiting',
    })
    expect(set.owed[0]).toMatchObject({ need: 0, reported: 1, last_counted_on: '2026-11-22' })
    expect(set.residents[0]?.last['blood_pressure']).toEqual({
      on: '2026-11-22',
      made_at: '2026-11-22T01:00:00.000Z',
      form: { sbp: 186, dbp: 112 },
      assessment: null,
      earlier: [],
    })
  })
  it('is undoable at first', () => {
    const fresh = measured({ sbp: 120, dbp: 80 }, { undo_until: NOW + 4000 })
    expect(show([checkIn(), fresh]).lines[1]?.local).toBe('undoable')
    expect(show([checkIn(), startSending(fresh)]).lines[1]?.local).toBe('sending')
  })
  it('shows but does not count when it was refused', () => {
    const set = show([checkIn(), measured({ sbp: 120, dbp: 80 }, { state: 'refused' })])
    expect(set.lines[1]?.local).toBe('refused')
    expect(set.owed[0]?.need).toBe(1)
  })
  it('disappears behind what the server sent for it', () => {
    const stored = measured({ sbp: 120, dbp: 80 }, { state: 'stored' }, 'e5')
    const arrived = {
      ...base,
      rounds: new Map([['visit-1', round({ id: 'visit-1' })]]),
      lines: new Map([['e5', line({ id: 'e5', version: 1, state: 'confirmed' })]]),
    }
    expect(show([stored], arrived).lines).toMatchObject([{ id: 'e5', state: 'confirmed', local: null }])
    expect(show([{ ...stored, reflected: true }]).lines).toEqual([])
  })
  it('that was declined excuses', () => {
    const declined = item('record', {
      service: 'blood_pressure',
      subject_id: 'lan',
      outcome: 'declined',
      form: {},
      form_version: 1,
      unusual: [],
    })
    expect(show([checkIn(), declined]).owed[0]).toMatchObject({
      need: 0,
      excused: 1,
      reported: 0,
      last_counted_on: null,
    })
  })
  it('takes numbers of the form for the line', () => {
    const talk = item('record', {
      service: 'health_education_lecture',
      subject_id: null,
      outcome: 'done',
      form: { minutes: 60, attendees: 12 },
      form_version: 1,
      unusual: [],
    })
    expect(show([checkIn(), talk]).lines[1]).toMatchObject({ minutes: 60, attendees: 12, subject_name: null })
  })
  it('of an unknown round shows nothing', () => {
    expect(show([measured({ sbp: 120, dbp: 80 })]).lines).toEqual([])
  })
})

describe('changes of a line', () => {
  const arrived: Held = {
    ...base,
    rounds: new Map([['visit-1', round({ id: 'visit-1' })]]),
    lines: new Map([
      ['l1', line({ id: 'l1', round_id: 'visit-1', state: 'confirmed', confirmation: { by: '周', at: '' } })],
    ]),
  }
  const amend = (version: number, sbp: number, more: Partial<OutboxEntry> = {}) =>
    item(
      'amend',
      {
        line_id: 'l1',
        version,
        reason: 'wrong_value',
        reason_text: null,
        outcome: 'done',
        form: { sbp, dbp: 80 },
        form_version: 1,
        unusual: [],
      },
      more,
    )
  it('amendments follow one another with the versions the server will have', () => {
    expect(show([amend(1, 150), amend(2, 190)], arrived).lines[0]).toMatchObject({
      version: 3,
      form: { sbp: 190, dbp: 80 },
      amended: true,
      state: 'pending',
      confirmation: null,
      urgent: ['sbp_urgent'],
      earlier: [
        { version: 2, form: { sbp: 150, dbp: 80 }, confirmed: null, reason: 'wrong_value' },
        { version: 1, form: { sbp: 138 }, confirmed: { by: '周' } },
      ],
    })
  })
  it('a refused one leaves the line as it is, marked', () => {
    expect(show([amend(1, 150, { state: 'refused' })], arrived).lines[0]).toMatchObject({
      version: 1,
      form: { sbp: 138 },
      local: 'refused',
    })
  })
  it('is not applied twice when the pull was faster', () => {
    const newer = {
      ...arrived,
      lines: new Map([['l1', line({ id: 'l1', round_id: 'visit-1', version: 2 })]]),
    }
    expect(show([amend(1, 150, { state: 'stored' })], newer).lines[0]).toMatchObject({
      version: 2,
      form: { sbp: 138 },
    })
  })
  it('voids, confirms and disputes', () => {
    const voided = item('void', { line_id: 'l1', version: 1, reason: 'entered_twice', reason_text: null })
    expect(show([voided], arrived).lines[0]).toMatchObject({ state: 'void', void_reason: 'entered_twice' })
    const dispute = item('dispute', {
      lines: [{ line_id: 'l1', version: 1 }],
      reason: 'not_done',
      text: null,
    })
    expect(show([dispute], arrived).lines[0]).toMatchObject({
      state: 'disputed',
      confirmation: null,
      dispute: { by: '林医生', reason: 'not_done' },
    })
    const confirm = item('confirm', { lines: [{ line_id: 'l1', version: 1 }] })
    expect(show([dispute, confirm], arrived).lines[0]).toMatchObject({ state: 'confirmed', dispute: null })
  })
  it('shows what its clinician answers beside the dispute, until something else is said', () => {
    const said = { by: '周', at: '', reason: 'not_done', text: null }
    const disputed = {
      ...arrived,
      lines: new Map([['l1', line({ id: 'l1', round_id: 'visit-1', state: 'disputed', dispute: said })]]),
    }
    const answer = item('answer', { line_id: 'l1', version: 1, reason: 'done_as_recorded', text: null })
    expect(show([answer], disputed).lines[0]).toMatchObject({
      state: 'disputed',
      dispute: said,
      answer: { by: '林医生', reason: 'done_as_recorded' },
    })
    expect(show([answer, amend(1, 150)], disputed).lines[0]).toMatchObject({ state: 'pending', answer: null })
    expect(show([answer], arrived).lines[0]).toMatchObject({ state: 'confirmed', answer: null })
  })
  it('of rows that an earlier version of the app kept have all their fields', () => {
    const fields = Object.entries(line({ id: 'l1', round_id: 'visit-1' }))
    const old = Object.fromEntries(fields.filter(([name]) => name !== 'answer' && name !== 'rulings'))
    const kept = { ...arrived, lines: new Map([['l1', old as unknown as ReturnType<typeof line>]]) }
    expect(show([], kept).lines[0]).toMatchObject({ answer: null, rulings: [] })
  })
})

describe('what is owed', () => {
  const row = (values: Parameters<typeof owed>[0]) => owed({ id: 'bp', subject_id: 'lan', ...values })
  const after = (rows: ReturnType<typeof owed>[], items = [checkIn(), measured({ sbp: 120, dbp: 80 })]) =>
    show(items, { ...base, owed: new Map(rows.map((each) => [each.id, each])) }).owed
  it('counts a day once', () => {
    const twice = [checkIn(), measured({ sbp: 120, dbp: 80 }), measured({ sbp: 122, dbp: 80 })]
    expect(after([row({ need: 2, promised: 2 })], twice)).toMatchObject([{ need: 1, reported: 1 }])
  })
  it('counts what is said again after it was refused', () => {
    const again = [measured({ sbp: 120, dbp: 80 }, { state: 'refused' }), measured({ sbp: 120, dbp: 80 })]
    expect(after([row({})], [checkIn(), ...again])).toMatchObject([{ need: 0, reported: 1 }])
  })
  it('counts a visit of a promised length when it ended, if it was so long', () => {
    const hour = row({ subject_id: null, services: ['round'], min_minutes: 60 })
    const out = item('check_out', { position: null, position_problem: 'denied', note: null })
    const ended = (minutes: number) => ({ ...out, entry: { ...out.entry, elapsed_ms: minutes * 60_000 } })
    expect(after([hour], [checkIn()])).toMatchObject([{ need: 1 }])
    expect(after([hour], [checkIn(), ended(59)])).toMatchObject([{ need: 1 }])
    expect(after([hour], [checkIn(), ended(60)])).toMatchObject([{ need: 0, reported: 1 }])
    const each = row({ subject_id: null, services: ['round'], count_by: 'record', promised: 2, need: 2 })
    expect(after([each], [checkIn(), ended(60)])).toMatchObject([{ need: 1, reported: 1 }])
  })
  it('does not count within the gap', () => {
    expect(after([row({ min_gap_days: 30, last_counted_on: '2026-11-01' })])).toMatchObject([{ need: 1 }])
    expect(after([row({ min_gap_days: 21, last_counted_on: '2026-11-01' })])).toMatchObject([{ need: 0 }])
  })
  it('fills the window of the day first, then the earlier one with the earliest deadline', () => {
    const old = row({ id: 'old', start: '2026-10-01', end: '2026-10-31', deadline: '2026-11-30' })
    const rows = after([old, row({ id: 'now' })])
    expect(rows.map((each) => [each.id, each.need])).toEqual([
      ['old', 1],
      ['now', 0],
    ])
    expect(after([old, row({ id: 'now', need: 0 })]).map((each) => each.need)).toEqual([0, 0])
    expect(after([{ ...old, deadline: '2026-11-21' }])).toMatchObject([{ need: 1 }])
  })
  it('counts a bundle when its last part is there', () => {
    const bundle = row({ match: 'all', services: ['blood_pressure', 'capillary_glucose'] })
    expect(after([bundle])).toMatchObject([{ need: 1 }])
    const other = item('record', {
      service: 'capillary_glucose',
      subject_id: 'lan',
      outcome: 'done',
      form: {},
      form_version: 1,
      unusual: [],
    })
    expect(after([bundle], [checkIn(), measured({ sbp: 120, dbp: 80 }), other])).toMatchObject([
      { need: 0, reported: 1 },
    ])
  })
})

import { expect, it } from 'vitest'
import type { Entry, FollowUp, Kind, Payloads, Reference, WorkingSetPage } from '@/api/wire'
import { institution, line, resident, round } from '@/rules/examples.test-data'
import type { Form } from '@/rules/facts'
import { goingOn, type Around } from './goingOn'
import { page } from './mini.test-data'
import { newOutboxEntry, type OutboxEntry } from './outbox'
import catalogue from '../../../server/catalogue/data/catalogue.json'
import type { LocalLine } from './overlay'
import { applyChanges, nothingHeld, reconcile } from './reconcile'

const FORMS = Object.values(
  import.meta.glob<Form>('../../../server/catalogue/data/forms/*.json', { eager: true, import: 'default' }),
)
const SERVICES = catalogue.items.map(({ code, form }) => ({ code, form })) as Reference['services']
const AT = '2026-11-22T01:00:00.000Z'
const HOME = institution({ id: 'home', name: '颐养园' })
const ADA = resident({ id: 'ada', institution_id: 'home', name: '王秀英', bed: '101' })

function around(lines: LocalLine[] = []): Around {
  const visit = { ...round({ id: 'visit', institution_id: 'home' }), local: null }
  return {
    institutions: new Map([[HOME.id, HOME]]),
    residents: new Map([[ADA.id, ADA]]),
    rounds: new Map([[visit.id, visit]]),
    lines: new Map(lines.map((each) => [each.id, each])),
    author: { id: 'me', name: '李医生' },
    reference: { forms: FORMS, services: SERVICES },
  }
}

function held(values: Partial<WorkingSetPage> = {}) {
  return applyChanges(nothingHeld(), reconcile(nothingHeld(), page(values)))
}

function said<K extends Kind>(id: string, kind: K, roundId: string, payload: Payloads[K]): OutboxEntry {
  const entry = { id, kind, round_id: roundId, at: AT, elapsed_ms: null, payload } as unknown as Entry
  return newOutboxEntry('me', entry, Date.parse(AT))
}

const REQUEST = said('ref', 'referral_request', 'visit', {
  institution_id: 'home',
  subject_id: 'ada',
  service: 'green_channel_emergency',
  receiver_id: 'hospital',
  form: { indication: 'stroke' },
  form_version: 1,
  unusual: [],
  reading_id: null,
  from_id: null,
  demand_id: null,
})
const RECEIVERS = held({ referrals: { rows: [], receivers: [{ id: 'hospital', name: '人民医院' }] } })
const local = (changes: Partial<LocalLine>): LocalLine => ({
  ...line({ id: 'l', institution_id: 'home', round_id: 'visit', subject_id: 'ada', service: 'blood_pressure' }),
  form: { sbp: 138, dbp: 82 },
  local: 'waiting',
  ...changes,
})
const DUTY: FollowUp = {
  id: 'old',
  record_id: 'old',
  institution_id: 'home',
  institution: { id: 'home', name: '颐养园' },
  medical: { id: 'clinic', name: '中心' },
  performer: { id: 'me', name: '李医生' },
  subject_id: 'ada',
  subject_name: '王秀英',
  bed: '101',
  service: 'health_checkup',
  matter: 'pressure',
  on: '2026-11-10',
  due_on: '2026-11-24',
  urgent: ['sbp_urgent'],
  state: 'open',
  closed_on: null,
  closed_by_id: null,
  word: null,
}

it('shows a referral and its steps before any of it was sent', () => {
  const depart = said('s1', 'referral_depart', 'ref', { referral_id: 'ref', text: null })
  const family = said('s2', 'referral_family', 'ref', { referral_id: 'ref', text: null, name: '小明', relation: null })
  const [referral] = goingOn(RECEIVERS, [REQUEST, depart, family], around(), Date.parse(AT)).referrals
  expect(referral).toMatchObject({ id: 'ref', state: 'departed', receiver: { name: '人民医院' }, subject: { name: '王秀英' } })
  expect(referral?.steps.map((step) => step.act)).toEqual(['depart', 'family'])
})

it('shows no referral that was refused, and marks a refused step', () => {
  const refused = { ...REQUEST, state: 'refused' as const }
  expect(goingOn(RECEIVERS, [refused], around(), 0).referrals).toEqual([])
  const step = { ...said('s1', 'referral_arrive', 'ref', { referral_id: 'ref', text: null }), state: 'refused' as const }
  expect(goingOn(RECEIVERS, [REQUEST, step], around(), 0).referrals[0]).toMatchObject({ state: 'requested', local: 'refused' })
})

it('takes referrals whole in the place of those held, and keeps them where nothing is other', () => {
  const [row] = goingOn(RECEIVERS, [REQUEST], around(), 0).referrals
  if (!row) throw new Error('no referral')
  const before = held({ referrals: { rows: [row], receivers: [] } })
  const kept = applyChanges(before, reconcile(before, page({ snapshots: ['home'] })))
  expect([...kept.referrals.keys()]).toEqual(['ref'])
  const after = applyChanges(kept, reconcile(kept, page({ referrals: { rows: [], receivers: [] } })))
  expect(after.referrals.size).toBe(0)
})

it('makes a duty of an urgent value at once, one for a resident and service', () => {
  const lines = [local({ id: 'a', on: '2026-11-22', urgent: ['sbp_urgent'] }), local({ id: 'b', on: '2026-11-22', urgent: ['sbp_urgent'] })]
  const { followups } = goingOn(held(), [], around(lines), 0)
  expect(followups.map(({ id, due_on }) => [id, due_on])).toEqual([['a', '2026-12-06']])
})

it.each([
  ['a later day’s record', { on: '2026-11-22' }, []],
  ['whichever service measures it', { on: '2026-11-22', service: 'family_bed_round' }, []],
  ['not by one that left it out', { on: '2026-11-22', service: 'family_bed_round', form: { sbp: 130 } }, ['old']],
  ['not by one of the same day', { on: '2026-11-10' }, ['old']],
  ['not by one that was refused', { on: '2026-11-22', local: 'refused' as const }, ['old']],
  ['not by one that was declined', { on: '2026-11-22', outcome: 'declined' as const }, ['old']],
  ['not by another service', { on: '2026-11-22', service: 'capillary_glucose' }, ['old']],
])('a duty is followed up by %s', (_, changes, open) => {
  const { followups } = goingOn(held({ followups: [DUTY] }), [], around([local(changes)]), 0)
  expect(followups.map(({ id }) => id)).toEqual(open)
})

it('one that an earlier version of the app kept is closed by its service', () => {
  const kept: Partial<FollowUp> = { ...DUTY, service: 'blood_pressure' }
  delete kept.matter
  delete kept.record_id
  const rows = held({ followups: [kept as FollowUp] })
  expect(goingOn(rows, [], around([local({ on: '2026-11-22' })]), 0).followups).toEqual([])
})

it('what two days without a network made and closed is closed, and urgent again it is the next', () => {
  const first = local({ id: 'a1', on: '2026-11-20', urgent: ['sbp_urgent'], service: 'professional_nursing_other' })
  const second = local({ id: 'b1', on: '2026-11-22' })
  expect(goingOn(held(), [], around([second, first]), 0).followups).toEqual([])
  const { followups } = goingOn(held(), [], around([{ ...second, urgent: ['dbp_urgent'] }, first]), 0)
  expect(followups.map(({ id }) => id)).toEqual(['b1'])
})

it('a record urgent in two quantities obliges to both, whatever closes one of them', () => {
  const both = local({ id: 'a0', on: '2026-11-20', urgent: ['glucose_high', 'sbp_urgent', 'dbp_urgent'], service: 'diabetes_management' })
  const again = local({ id: 'b0', on: '2026-11-21' })
  const found = (lines: LocalLine[]) => goingOn(held(), [], around(lines), 0).followups.map(({ id, urgent }) => [id, urgent])
  expect(found([both])).toEqual([['a0', ['glucose_high']], ['a1', ['sbp_urgent', 'dbp_urgent']]])
  expect(found([both, again])).toEqual([['a0', ['glucose_high']]])
})

it('lists no duty of which somebody said why there is none', () => {
  const word = said('w', 'follow_up_done', 'old', { institution_id: 'home', follow_up_id: 'old', reason: 'died', text: null })
  expect(goingOn(held({ followups: [DUTY] }), [word], around(), 0).followups).toEqual([])
})

import { expect, it } from 'vitest'
import { owed, resident } from '@/rules/examples.test-data'
import { worklist } from '@/rules/worklist'
import { inOrderByResident, inOrderByService, isSameSubject, nextInQueue, queueOf } from './queue'
import { adviceFor, referralFrom } from './referralFrom'

const residents = [
  resident({ id: 'a', bed: '1' }),
  resident({ id: 'b', bed: '2' }),
  resident({ id: 'c', bed: '3' }),
]
const rows = [
  ...['a', 'b', 'c'].map((subject_id) => owed({ id: `bp-${subject_id}`, subject_id })),
  owed({ id: 'glu-b', subject_id: 'b', services: ['capillary_glucose'] }),
  owed({
    id: 'soon',
    subject_id: 'c',
    services: ['tcm_health_guidance'],
    min_gap_days: 30,
    last_counted_on: '2026-11-20',
  }),
]
const tasks = worklist({
  institutionId: 'home',
  today: '2026-11-22',
  owed: rows,
  residents,
  lines: [],
  canLog: () => true,
})
const keys = (view: 'service' | 'resident') => queueOf(tasks, view, 'blood_pressure').map((task) => task.key)

it('goes through one service, or through one resident after another', () => {
  expect(keys('service')).toEqual(['blood_pressure|a', 'blood_pressure|b', 'blood_pressure|c'])
  expect(keys('resident')).toEqual([
    'blood_pressure|a',
    'blood_pressure|b',
    'capillary_glucose|b',
    'blood_pressure|c',
  ])
})

it('goes on after the one just done, and back to those left behind', () => {
  const queue = queueOf(tasks, 'service', 'blood_pressure')
  expect(nextInQueue(queue, 'blood_pressure', 'a')?.subject?.id).toBe('b')
  expect(nextInQueue(queue, 'blood_pressure', 'c')?.subject?.id).toBe('a')
  expect(nextInQueue(queue.slice(0, 1), 'blood_pressure', 'a')).toBeNull()
  expect(nextInQueue(queue, 'capillary_glucose', 'z')?.subject?.id).toBe('a')
})

const lecture = (values = {}) => owed({ id: 'talk', services: ['health_education_lecture'], ...values })
const listed = (more: ReturnType<typeof owed>[]) =>
  worklist({
    institutionId: 'home',
    today: '2026-11-22',
    owed: [...more, ...rows],
    residents,
    lines: [],
    canLog: () => true,
  })
const services = (more: ReturnType<typeof owed>[]) => inOrderByService(listed(more)).map(({ key }) => key)
const soonest = { deadline: '2026-11-23', end: '2026-11-23' }
const overdue = { end: '2026-11-20', deadline: '2026-11-30' }

it('offers the service most residents are owed first, and the institution after its residents', () => {
  expect(services([lecture(soonest)])).toEqual([
    'blood_pressure',
    'capillary_glucose',
    'tcm_health_guidance',
    'health_education_lecture',
  ])
  expect(inOrderByResident(listed([lecture(soonest)])).map(({ key }) => key?.id ?? null)).toEqual([
    'a',
    'b',
    'c',
    null,
  ])
})

it('offers what is overdue before all else, to the institution too', () => {
  const late = owed({ id: 'late', subject_id: 'b', services: ['capillary_glucose'], ...overdue })
  expect(services([late])[0]).toBe('capillary_glucose')
  expect(services([lecture(overdue)])[0]).toBe('health_education_lecture')
  expect(inOrderByResident(listed([lecture(overdue)]))[0]?.key).toBeNull()
})

it('names a next person only where there is one', () => {
  const [ofA] = queueOf(tasks, 'service', 'blood_pressure')
  const [talk] = queueOf(listed([lecture()]), 'service', 'health_education_lecture')
  if (!ofA || !talk) throw new Error('no tasks')
  expect([isSameSubject(ofA, 'a'), isSameSubject(ofA, 'b'), isSameSubject(talk, 'a')]).toEqual([
    true,
    false,
    true,
  ])
})

it('takes the indication and the reading over into a referral', () => {
  expect(referralFrom({ urgent: ['dbp_urgent'] }, '186/112')).toEqual({
    indication: 'hypertensive_emergency',
    condition: '186/112',
  })
  expect(referralFrom({ urgent: ['meter_low'] }, 'LO')).toMatchObject({ indication: 'hypoglycaemia' })
  expect(referralFrom({ urgent: ['county_rule'] }, 'x')).toEqual({ condition: 'x' })
})

it('gives low glucose its own advice, before anything else', () => {
  expect(adviceFor(['sbp_urgent', 'glucose_low'])).toBe('advice_low_glucose')
  expect(adviceFor(['meter_high'])).toBe('advice_high_glucose')
  expect(adviceFor(['danger_sign'])).toBe('advice_pressure')
  expect(adviceFor(['danger_sign_diabetes'])).toBe('advice_high_glucose')
  expect(adviceFor(['self_harm_risk'])).toBe('advice_mind')
  expect(adviceFor(['county_rule'])).toBeNull()
})

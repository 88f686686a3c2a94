import { describe, expect, it } from 'vitest'
import { line, owed, resident } from './examples.test-data'
import type { Owed, Resident } from './facts'
import { byPressure, byResident, byService, summarise, worklist, type WorklistFacts } from './worklist'

const TODAY = '2026-11-22'
const lan = resident({ id: 'lan', name: '王兰', bed: '2' })
const gui = resident({ id: 'gui', name: '陈桂', bed: '10' })

function facts(rows: Owed[], more: Partial<WorklistFacts> = {}): WorklistFacts {
  return {
    institutionId: 'home',
    today: TODAY,
    owed: rows,
    residents: [gui, lan],
    lines: [],
    canLog: (service) => service !== 'round' && service !== 'health_checkup',
    ...more,
  }
}
const keys = (rows: Owed[], more: Partial<WorklistFacts> = {}) =>
  worklist(facts(rows, more)).map((task) => task.key)
const row = (values: Partial<Owed>) =>
  owed({ start: '2026-11-01', end: '2026-11-30', deadline: '2026-12-05', ...values })

describe('which rows make a task today', () => {
  it('takes open windows and those in their grace', () => {
    expect(keys([row({ subject_id: 'lan' })])).toEqual(['blood_pressure|lan'])
    expect(keys([row({ subject_id: 'lan', end: '2026-11-20', deadline: TODAY })])).toEqual([
      'blood_pressure|lan',
    ])
  })
  it.each([
    ['not begun', { start: '2026-11-23' }],
    ['past its deadline', { end: '2026-11-20', deadline: '2026-11-21' }],
    ['fulfilled', { need: 0 }],
    ['of another institution', { institution_id: 'elsewhere' }],
    ['of someone not on the roster', { subject_id: 'unknown' }],
    ['of a service without a form', { services: ['health_checkup'] }],
    ['of the visit itself', { services: ['round'], subject_id: null }],
  ])('leaves out a row %s', (_, values: Partial<Owed>) => {
    expect(keys([row({ subject_id: 'lan', ...values })])).toEqual([])
  })
  it('leaves out who moved out or has not moved in', () => {
    const staying = (stay: Partial<Resident>) => ({ residents: [resident({ id: 'lan', ...stay })] })
    expect(keys([row({ subject_id: 'lan' })], staying({ stay_to: '2026-11-21' }))).toEqual([])
    expect(keys([row({ subject_id: 'lan' })], staying({ stay_from: '2026-11-23' }))).toEqual([])
    expect(keys([row({ subject_id: 'lan' })], staying({ stay_to: TODAY }))).toEqual(['blood_pressure|lan'])
  })
})

describe('order', () => {
  it('is most overdue, earliest deadline, bed as people read it', () => {
    const rows = [
      row({ id: '1', subject_id: 'gui' }),
      row({ id: '2', subject_id: 'lan' }),
      row({
        id: '3',
        subject_id: 'gui',
        services: ['capillary_glucose'],
        deadline: '2026-11-25',
        end: '2026-11-25',
      }),
      row({ id: '4', subject_id: 'gui', services: ['tcm_health_guidance'], end: '2026-11-10' }),
    ]
    expect(keys(rows)).toEqual([
      'tcm_health_guidance|gui',
      'capillary_glucose|gui',
      'blood_pressure|lan',
      'blood_pressure|gui',
    ])
  })
  it('puts what does not count yet under the gap rule last, with the day', () => {
    const soon = row({
      id: '1',
      subject_id: 'lan',
      min_gap_days: 30,
      last_counted_on: '2026-11-01',
      end: '2026-11-22',
    })
    const tasks = worklist(facts([soon, row({ id: '2', subject_id: 'gui' })]))
    expect(tasks.map((task) => [task.key, task.again])).toEqual([
      ['blood_pressure|gui', null],
      ['blood_pressure|lan', '2026-12-01'],
    ])
  })
  it('counts again on the very day the gap is over', () => {
    const due = row({ subject_id: 'lan', min_gap_days: 21, last_counted_on: '2026-11-01' })
    expect(worklist(facts([due]))[0]?.again).toBeNull()
  })
})

it('is settled for today by a line of today, whatever its outcome', () => {
  const twice = row({ subject_id: 'lan', need: 2 })
  const declined = line({ subject_id: 'lan', on: TODAY, outcome: 'declined' })
  expect(worklist(facts([twice], { lines: [declined] }))).toMatchObject([{ again: '2026-11-23', need: 2 }])
  expect(worklist(facts([twice], { lines: [{ ...declined, on: '2026-11-21' }] }))).toMatchObject([
    { again: null },
  ])
  expect(worklist(facts([{ ...twice, last_counted_on: TODAY }]))).toMatchObject([{ again: '2026-11-23' }])
})

it('asks for more today where each record counts, whatever was recorded and whatever gap is named', () => {
  const lectures = row({ services: ['lecture'], subject_id: null, need: 2, min_gap_days: 5, count_by: 'record' })
  const today = line({ service: 'lecture', subject_id: null, on: TODAY })
  const counted = { ...lectures, last_counted_on: TODAY }
  expect(worklist(facts([counted], { lines: [today] }))).toMatchObject([{ again: null, need: 2 }])
  const rounds = { ...counted, services: ['round'] }
  expect(summarise(facts([rounds]))).toMatchObject({ visit: true })
  expect(summarise(facts([{ ...rounds, count_by: 'day' }]))).toMatchObject({ visit: false })
})

it('merges rows that ask for the same act', () => {
  const rows = [
    row({
      id: 'old',
      subject_id: 'lan',
      start: '2026-10-01',
      end: '2026-10-31',
      deadline: '2026-11-30',
      need: 1,
    }),
    row({ id: 'new', subject_id: 'lan', need: 2 }),
  ]
  expect(worklist(facts(rows))).toMatchObject([
    { need: 3, lateDays: 22, deadline: '2026-11-30', rows: [{}, {}] },
  ])
})

describe('several services in one row', () => {
  const services = ['health_checkup', 'blood_pressure', 'capillary_glucose']
  it('offers the first that can be logged when any of them does', () => {
    const [task] = worklist(facts([row({ subject_id: 'lan', services })]))
    expect(task).toMatchObject({
      service: 'blood_pressure',
      alternatives: ['health_checkup', 'capillary_glucose'],
    })
  })
  it('asks for each missing part of a bundle on the day', () => {
    const bundle = row({ subject_id: 'lan', services: services.slice(1), match: 'all' })
    expect(keys([bundle])).toEqual(['blood_pressure|lan', 'capillary_glucose|lan'])
    const done = line({ service: 'blood_pressure', subject_id: 'lan', on: TODAY })
    expect(keys([bundle], { lines: [done] })).toEqual(['capillary_glucose|lan'])
    expect(keys([bundle], { lines: [{ ...done, on: '2026-11-21' }] })).toHaveLength(2)
    expect(keys([bundle], { lines: [{ ...done, state: 'void' }] })).toHaveLength(2)
  })
})

it('groups by service and by resident in the order of the most urgent task', () => {
  const rows = [
    row({ id: '1', subject_id: 'gui', end: '2026-11-10' }),
    row({ id: '2', subject_id: 'lan', services: ['capillary_glucose'] }),
    row({ id: '3', subject_id: 'lan' }),
    row({ id: '4', subject_id: null, services: ['health_education_lecture'] }),
  ]
  const tasks = worklist(facts(rows))
  expect(byService(tasks).map((group) => [group.key, group.tasks.length])).toEqual([
    ['blood_pressure', 2],
    ['health_education_lecture', 1],
    ['capillary_glucose', 1],
  ])
  expect(byResident(tasks).map((group) => group.key?.id ?? null)).toEqual(['gui', null, 'lan'])
})

it('summarises an institution and orders several', () => {
  const rows = [
    row({ id: '1', subject_id: 'lan' }),
    row({ id: '2', subject_id: 'lan', services: ['capillary_glucose'], end: '2026-11-20' }),
    row({ id: '3', subject_id: null, services: ['round'] }),
    row({ id: '4', subject_id: 'gui', min_gap_days: 30, last_counted_on: '2026-11-20' }),
  ]
  const summary = summarise(facts(rows))
  expect(summary).toEqual({
    institutionId: 'home',
    visit: true,
    residents: 1,
    services: [
      { service: 'capillary_glucose', count: 1 },
      { service: 'blood_pressure', count: 1 },
    ],
    lateDays: 2,
    earliestDeadline: '2026-12-05',
  })
  const calm = summarise(facts([], { institutionId: 'calm' }))
  const early = summarise(facts([row({ subject_id: 'lan', deadline: '2026-11-30' })]))
  expect([calm, early, summary].sort(byPressure)).toEqual([summary, early, calm])
})

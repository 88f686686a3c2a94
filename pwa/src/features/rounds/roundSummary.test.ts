import { expect, it } from 'vitest'
import type { LocalLine } from '@/offline'
import { line, owed, resident } from '@/rules/examples.test-data'
import { worklist } from '@/rules/worklist'
import { doneByService, owedByService } from './roundSummary'

const local = (values: Partial<LocalLine>): LocalLine => ({ ...line(values), local: null, ...values })

it('counts what was done and what was not, services in the order begun', () => {
  // Newest first, as screens hold them.
  const lines = [
    local({ service: 'health_education_lecture', subject_id: null }),
    local({ service: 'capillary_glucose', state: 'void' }),
    local({ service: 'capillary_glucose', local: 'refused' }),
    local({ service: 'blood_pressure', outcome: 'declined' }),
    local({ service: 'blood_pressure', local: 'waiting' }),
    local({ service: 'blood_pressure' }),
  ]
  expect(doneByService(lines)).toEqual([
    { service: 'blood_pressure', done: 2, notDone: 1, people: true },
    { service: 'health_education_lecture', done: 1, notDone: 0, people: false },
  ])
})

it('tells what is still owed with its earliest deadline and longest delay', () => {
  const row = (values: Parameters<typeof owed>[0]) => owed({ deadline: '2026-12-31', end: '2026-12-31', ...values })
  const rows = [
    row({ id: '1', subject_id: 'a' }),
    row({ id: '2', subject_id: 'b', end: '2026-11-20', deadline: '2026-11-30' }),
    row({ id: '3', subject_id: 'c', min_gap_days: 30, last_counted_on: '2026-11-10' }),
    row({ id: '4', subject_id: null, services: ['health_education_lecture'] }),
  ]
  const residents = ['a', 'b', 'c'].map((id) => resident({ id }))
  const tasks = worklist({
    institutionId: 'home',
    today: '2026-11-22',
    owed: rows,
    residents,
    lines: [],
    canLog: () => true,
  })
  expect(owedByService(tasks)).toEqual([
    { service: 'blood_pressure', count: 2, people: true, deadline: '2026-11-30', lateDays: 2 },
    { service: 'health_education_lecture', count: 1, people: false, deadline: '2026-12-31', lateDays: 0 },
  ])
})
